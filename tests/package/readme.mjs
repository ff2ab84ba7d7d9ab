// The examples of the package's README, as they stand there.

import { readFileSync } from "node:fs";

import { inRoot } from "../../scripts/support/places.mjs";

/** A block directly behind its mark. */
const MARKED = /^<!-- test: (\S+) -->\n```\w+\n([\s\S]*?)^```$/gm;
const ADDRESS = "http://127.0.0.1:8787";

const readme = readFileSync(inRoot("npm", "README.md"), "utf8");
const examples = new Map([...readme.matchAll(MARKED)].map(([, name, code]) => [name, code]));

/** How many blocks are marked, and how many of the marks stand before a block. */
export const marks = { all: (readme.match(/^<!-- test:/gm) ?? []).length, read: examples.size };

/**
 * An example that calls this service in place of the one on the reader's machine.
 *
 * @param {string} name
 * @param {string} url
 */
export function example(name, url) {
  const code = examples.get(name);
  if (!code?.includes(ADDRESS)) throw new Error(`The README has no example ${name} with ${ADDRESS} in it.`);
  return code.replaceAll(ADDRESS, url);
}
