// `npm run deploy`: to Cloudflare. The first time it makes the deployment's secret and prints a key; never again.

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
  process.exitCode = 1;
}

async function deploy() {
  await ensurePackages();
  console.log("Asking who is logged in …");
  if (!isLoggedIn(await wrangler("whoami", "--json")))
    throw new StepFailed("Nobody is logged in to Cloudflare.", LOG_IN);
  await build();
  console.log("Asking which secrets the deployment has …");
  const listed = await wrangler("secret", "list", "--format", "json");
  const isFirst = makesSecret(listed);
  if (isFirst === undefined) throw failed("wrangler could not tell which secrets there are", listed.lines);
  await ensureBucket(bucketOf(readFileSync(inRoot("wrangler.toml"), "utf8")));
  const secret = isFirst ? makeSecret() : undefined;
  tell(await upload(secret), secret);
}

/** Makes the bucket for recordings, if one is bound and not there. */
async function ensureBucket(bucket) {
  if (bucket === undefined) return;
  console.log(`Making the bucket ${bucket}, unless it is there …`);
  const made = await wrangler("r2", "bucket", "create", bucket);
  if (!hasBucket(made)) throw failed(`wrangler could not make the bucket ${bucket}`, made.lines);
}

function wrangler(...args) {
  return runCommand([modernNode(), npmBinary("wrangler"), ...args]);
}

/** Deploys; a secret goes up together with the code, so that there is no moment with one and not the other. */
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

function tell(lines, secret) {
  console.log(`\nTidewatch is deployed at ${deployedUrl(lines) ?? "the routes of wrangler.toml"}`);
  if (!secret) return console.log("Its secret is as it was, and so are its keys.");
  console.log(`Its first key, for the project \`default\`. Keep it now: it is shown this once.\n`);
  console.log(`  TIDEWATCH_API_KEY=${mintKey({ secret, project: "default" })}`);
}

function failed(what, lines) {
  return new StepFailed([...lines.map((line) => `  | ${line}`), "", `${what}.`].join("\n"), adviceFor(lines));
}
