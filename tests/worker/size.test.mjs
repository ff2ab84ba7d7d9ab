// The Worker that is uploaded does not grow unseen.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { inRoot } from "../../scripts/support/places.mjs";

// A Worker is loaded where its first request comes in, and each kilobyte delays that.
const BYTES_MAX = 350 * 1024;

test("all modules of the built Worker come to 350 KB at most, gzipped", () => {
  const modules = readdirSync(inRoot("build")).filter((name) => name === "index.js" || name.endsWith(".wasm"));
  assert.ok(modules.length >= 2, `JavaScript and WebAssembly: ${modules}`);
  const sizes = modules.map((name) => [name, gzipSync(readFileSync(inRoot("build", name)), { level: 9 }).length]);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  assert.ok(total <= BYTES_MAX, `${total} bytes: ${JSON.stringify(Object.fromEntries(sizes))}`);
});
