// Files of NAME=value lines, for example .dev.vars: read them, and add to them.

import { appendFileSync, chmodSync, existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";

/**
 * The file's values by name. An absent file has none.
 *
 * @param {string} file
 * @returns {NodeJS.Dict<string>}
 */
export function readVars(file) {
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
}

/**
 * Adds values at the file's end, and makes the file readable for its owner only.
 *
 * @param {string} file
 * @param {Record<string, string>} vars
 */
export function appendVars(file, vars) {
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const separator = before === "" || before.endsWith("\n") ? "" : "\n";
  const lines = Object.entries(vars).map(([name, value]) => `${name}=${value}\n`);
  appendFileSync(file, separator + lines.join(""), { mode: 0o600 });
  // `mode` counts only for a new file.
  chmodSync(file, 0o600);
}
