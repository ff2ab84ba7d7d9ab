// Stores histories in files. A seed repeats the calls of a history, but not the order in which they arrive.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { inRoot } from "../../scripts/support/places.mjs";

const FOLDER = inRoot("target", "histories");

/**
 * Stores a history, and returns the file.
 *
 * @param {import("./recorder.mjs").History} history
 */
export function keep(history) {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `${history.seed.replaceAll("/", "-")}.json`);
  writeFileSync(file, JSON.stringify(history));
  return file;
}

/**
 * Reads a stored history. A call without an answer ended at infinity, which JSON does not have.
 *
 * @param {string} file
 */
export function readKept(file) {
  const history = /** @type {import("./recorder.mjs").History} */ (JSON.parse(readFileSync(file, "utf8")));
  for (const call of history.calls) {
    call.ended ??= Infinity;
    call.endedAt ??= Infinity;
  }
  return history;
}
