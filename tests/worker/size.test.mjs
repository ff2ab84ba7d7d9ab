// The Worker that is uploaded does not grow unseen.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { inRoot } from "../../scripts/places.mjs";

// With recordings, live view and events it is above its bar of 350 KB, as `npm run bench -- --only size` says. From here it
// may only shrink.
const BYTES_MAX = 404 * 1024;

test("all modules of the built Worker come to 404 KB at most, gzipped", () => {
  const modules = readdirSync(inRoot("build")).filter((name) => name === "index.js" || name.endsWith(".wasm"));
  assert.ok(modules.length >= 2, `JavaScript and WebAssembly: ${modules}`);
  const sizes = modules.map((name) => [name, gzipSync(readFileSync(inRoot("build", name)), { level: 9 }).length]);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  assert.ok(total <= BYTES_MAX, `${total} bytes: ${JSON.stringify(Object.fromEntries(sizes))}`);
});
