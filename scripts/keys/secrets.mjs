// The secrets that a developer needs: made if absent, never changed.

import { randomBytes } from "node:crypto";

import { mintKey } from "./key.mjs";
import { appendVars, readVars } from "./vars_file.mjs";

const SECRET_BYTES = 32;

/** A new secret. It is as long as the MAC that it keys. */
export const makeSecret = () => randomBytes(SECRET_BYTES).toString("base64url");

/**
 * The secret and the key of a file, for example .dev.vars. Those that are absent are made and added to the file.
 *
 * @param {string} file
 * @returns {{TIDEWATCH_SECRET: string, TIDEWATCH_API_KEY: string}}
 */
export function ensureSecrets(file) {
  const present = readVars(file);
  const TIDEWATCH_SECRET = present.TIDEWATCH_SECRET || makeSecret();
  const TIDEWATCH_API_KEY = present.TIDEWATCH_API_KEY || mintKey({ secret: TIDEWATCH_SECRET, project: "default" });
  const secrets = { TIDEWATCH_SECRET, TIDEWATCH_API_KEY };
  const absent = Object.entries(secrets).filter(([name]) => !present[name]);
  if (absent.length > 0) appendVars(file, Object.fromEntries(absent));
  return secrets;
}
