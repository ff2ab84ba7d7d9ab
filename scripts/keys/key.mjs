// API keys. A key needs no storage: its last part is a MAC over project and nonce, made with the deployment's secret.
// `npm run key -- --project NAME` prints a key. The secret comes from the environment or from .dev.vars.

import { createHmac, randomBytes } from "node:crypto";
import { parseArgs } from "node:util";

import { isCommand, secretsFile } from "../support/places.mjs";
import { report, StepFailed } from "../support/step.mjs";
import { readVars } from "./vars_file.mjs";

const PROJECT = /^[a-z0-9-]{1,40}$/;
const SECRET_LENGTH_MIN = 32;
const NONCE_BYTES = 16;

/**
 * Mints a key for a project: `tw_PROJECT_`, then nonce and MAC as 65 characters of base64url.
 *
 * @param {{secret: string | undefined, project: string}} options
 */
export function mintKey({ secret, project }) {
  if (!PROJECT.test(project)) {
    throw new StepFailed(`\`${project}\` can't be a project's name.`, "use 1 to 40 of a to z, 0 to 9 and -.");
  }
  if (!secret || secret.length < SECRET_LENGTH_MIN) {
    throw new StepFailed(
      `TIDEWATCH_SECRET is ${secret ? `shorter than ${SECRET_LENGTH_MIN} characters` : "not set"}.`,
      "run `npm run setup`, which makes one in .dev.vars, or set TIDEWATCH_SECRET to the deployment's.",
    );
  }
  const nonce = randomBytes(NONCE_BYTES).toString("base64url");
  const mac = createHmac("sha256", secret).update(`tidewatch-key-v1:${project}:${nonce}`).digest("base64url");
  return `tw_${project}_${nonce}${mac}`;
}

function printKey() {
  const { values } = parseArgs({ options: { project: { type: "string", default: "default" } } });
  const secret = process.env.TIDEWATCH_SECRET || readVars(secretsFile).TIDEWATCH_SECRET;
  console.log(mintKey({ secret, project: values.project }));
}

if (isCommand(import.meta.url)) {
  try {
    printKey();
  } catch (error) {
    report(error);
    process.exit(1);
  }
}
