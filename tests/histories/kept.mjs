// Histories in files: what the clients of one wanted can be had again by its seed, who was faster can't.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { inRoot } from "../../scripts/support/places.mjs";

const FOLDER = inRoot("target", "histories");

/** Keeps a history, and answers where. */
export function keep(history) {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `${history.seed.replaceAll("/", "-")}.json`);
  writeFileSync(file, JSON.stringify(history));
  return file;
}

/** Reads it back. JSON has no infinity, which is when a call ended that was never answered. */
export function readKept(file) {
  const history = JSON.parse(readFileSync(file, "utf8"));
  for (const call of history.calls) {
    call.ended ??= Infinity;
    call.endedAt ??= Infinity;
  }
  return history;
}
