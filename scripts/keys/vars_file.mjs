// Files of NAME=value lines, such as .dev.vars: read, and added to.

import { appendFileSync, chmodSync, existsSync, readFileSync } from "node:fs";

const LINE = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*?)[ \t]*$/gm;

/** The file's values by name; an absent file is an empty one. */
export function readVars(file) {
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, "utf8").matchAll(LINE);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value.replace(/^(["'])(.*)\1$/, "$2")]));
}

/** Adds values at the file's end, and lets nobody but its owner read it. */
export function appendVars(file, vars) {
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const separator = before === "" || before.endsWith("\n") ? "" : "\n";
  const lines = Object.entries(vars).map(([name, value]) => `${name}=${value}\n`);
  appendFileSync(file, separator + lines.join(""), { mode: 0o600 });
  // `mode` counts only for a file that is made; one that was there gets the same.
  chmodSync(file, 0o600);
}
