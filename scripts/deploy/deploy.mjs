// `npm run deploy`: deploys to Cloudflare. Only the first time it makes the deployment's secret and prints a key.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "../build/build.mjs";
import { runCommand } from "../support/command.mjs";
import { adviceFor, bucketOf, deployedUrl, hasBucket, isLoggedIn, LOG_IN, makesSecret } from "./deployment.mjs";
import { mintKey } from "../keys/key.mjs";
import { inRoot, npmBinary, temporary } from "../support/places.mjs";
import { makeSecret } from "../keys/secrets.mjs";
import { report, StepFailed } from "../support/step.mjs";
import { ensurePackages, modernNode } from "../tools/toolchain.mjs";

try {
  await deploy();
} catch (error) {
  report(error);
  process.exit(1);
}

async function deploy() {
  await ensurePackages();
  console.log("Checking the login …");
  if (!isLoggedIn(await wrangler("whoami", "--json"))) throw new StepFailed("There is no login to Cloudflare.", LOG_IN);
  await build();
  console.log("Listing the deployment's secrets …");
  const listed = await wrangler("secret", "list", "--format", "json");
  const isFirst = makesSecret(listed);
  if (isFirst === undefined) throw failed("wrangler could not list the secrets", listed.lines);
  await ensureBucket(bucketOf(readFileSync(inRoot("wrangler.toml"), "utf8")));
  const secret = isFirst ? makeSecret() : undefined;
  describe(await upload(secret), secret);
}

/**
 * Makes the bucket for recordings, if one is bound and does not exist.
 *
 * @param {string | undefined} bucket
 */
async function ensureBucket(bucket) {
  if (bucket === undefined) return;
  console.log(`Making the bucket ${bucket}, unless it exists …`);
  const made = await wrangler("r2", "bucket", "create", bucket);
  if (!hasBucket(made)) throw failed(`wrangler could not make the bucket ${bucket}`, made.lines);
}

/** @param {string[]} args */
function wrangler(...args) {
  return runCommand([modernNode(), npmBinary("wrangler"), ...args]);
}

/**
 * Deploys. A secret is uploaded together with the code, so that neither is ever there without the other.
 *
 * @param {string | undefined} secret
 * @returns {Promise<string[]>} wrangler's output
 */
async function upload(secret) {
  console.log("Deploying (usually 10 to 30 s) …");
  const folder = mkdtempSync(join(temporary, "tidewatch-deploy-"));
  try {
    const file = join(folder, "secrets.json");
    if (secret) writeFileSync(file, JSON.stringify({ TIDEWATCH_SECRET: secret }), { mode: 0o600 });
    const deployed = await wrangler("deploy", ...(secret ? ["--secrets-file", file] : []));
    if (deployed.code !== 0) throw failed("wrangler did not deploy", deployed.lines);
    return deployed.lines;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Prints where the deployment is, and its first key if the secret is new.
 *
 * @param {string[]} lines
 * @param {string | undefined} secret
 */
function describe(lines, secret) {
  console.log(`\nTidewatch is deployed at ${deployedUrl(lines) ?? "the routes of wrangler.toml"}`);
  if (!secret) return console.log("Its secret and its keys have not changed.");
  console.log(`Its first key, for the project \`default\`. Keep it: it is not shown again.\n`);
  console.log(`  TIDEWATCH_API_KEY=${mintKey({ secret, project: "default" })}`);
}

/**
 * @param {string} what
 * @param {string[]} lines
 */
function failed(what, lines) {
  return new StepFailed([...lines.map((line) => `  | ${line}`), "", `${what}.`].join("\n"), adviceFor(lines));
}
