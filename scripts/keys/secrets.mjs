// The secrets that a developer needs: made if absent, never changed.

import { randomBytes } from "node:crypto";

import { mintKey } from "./key.mjs";
import { appendVars, readVars } from "./vars_file.mjs";

const SECRET_BYTES = 32;

/** A secret as long as the MAC that it keys. */
export const makeSecret = () => randomBytes(SECRET_BYTES).toString("base64url");

/**
 * The secret and the key of a file such as .dev.vars; what is missing is made and added to it.
 *
 * @returns {{TIDEWATCH_SECRET: string, TIDEWATCH_API_KEY: string}}
 */
export function ensureSecrets(file) {
  const present = readVars(file);
  const TIDEWATCH_SECRET = present.TIDEWATCH_SECRET || makeSecret();
  const TIDEWATCH_API_KEY = present.TIDEWATCH_API_KEY || mintKey({ secret: TIDEWATCH_SECRET, project: "default" });
  const secrets = { TIDEWATCH_SECRET, TIDEWATCH_API_KEY };
  const missing = Object.entries(secrets).filter(([name]) => !present[name]);
  if (missing.length > 0) appendVars(file, Object.fromEntries(missing));
  return secrets;
}
