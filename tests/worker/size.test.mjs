// The Worker stays within its size: it is loaded where its first request comes in.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { inRoot } from "../../scripts/support/places.mjs";

// The platform's own limit is 3 MB on its smallest plan.
const BYTES_MAX = 1024 * 1024;

test("all modules of the built Worker have at most 1 MB gzipped in total", () => {
  const modules = readdirSync(inRoot("build")).filter((name) => name === "index.js" || name.endsWith(".wasm"));
  assert.ok(modules.length >= 2, `JavaScript and WebAssembly: ${modules}`);
  const sizes = modules.map(
    (name) => /** @type {const} */ ([name, gzipSync(readFileSync(inRoot("build", name)), { level: 9 }).length]),
  );
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  assert.ok(total <= BYTES_MAX, `${total} bytes: ${JSON.stringify(Object.fromEntries(sizes))}`);
});
