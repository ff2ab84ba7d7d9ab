// What is uploaded, gzipped.

import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";

import { inRoot } from "../../scripts/support/places.mjs";

const BAR = 1024 * 1024;

/** @returns {import("../measure.mjs").Row[]} */
export function measure() {
  const bytes = ["index.js", "index_bg.wasm"]
    .map((name) => gzipSync(readFileSync(inRoot("build", name)), { level: 9 }).length)
    .reduce((sum, length) => sum + length, 0);
  const kib = (/** @type {number} */ number) => `${(number / 1024).toFixed(0)} KB`;
  return [{ what: "Worker, gzipped", measured: kib(bytes), bar: `${kib(BAR)} at most`, met: bytes <= BAR }];
}
