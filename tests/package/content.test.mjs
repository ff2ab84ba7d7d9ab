// What is in the package, and how much of it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";

import { buildClient, TARGETS } from "../../scripts/build/package.mjs";
import { inRoot } from "../../scripts/support/places.mjs";
import { bundleSize } from "./bundle.mjs";
import { readTarball } from "./project.mjs";

const BUNDLE_BYTES_MAX = 60 * 1024;

/** @param {string | object} value @returns {string[]} */
const leaves = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(leaves));

/** @type {string} */
let folder;
/** @type {{main: string, types: string, version: string, exports: object}} */
let manifest;
/** @type {string[]} */
let files;
before(async () => {
  folder = await buildClient();
  manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  ({ files } = await readTarball());
});

for (const target of TARGETS) {
  test(`WebAssembly and glue of ${target} have at most 60 KB gzipped in total`, () => {
    const { total, parts } = bundleSize(folder, target);
    assert.ok(parts["tidewatch_bg.wasm"] > 1024, "the WebAssembly is there");
    assert.ok(Object.keys(parts).length >= 2, "and its glue");
    assert.ok(total <= BUNDLE_BYTES_MAX, `${total} bytes: ${JSON.stringify(parts)}`);
  });
}

describe("the tarball", () => {
  test("has every file that package.json names", () => {
    const named = [manifest.main, manifest.types, ...leaves(manifest.exports)];
    assert.ok(named.length >= 8);
    for (const path of named) assert.ok(files.includes(path.replace("./", "")), `${path} of ${files.join(" ")}`);
  });

  test("has a license, a README and no file of the build", () => {
    for (const path of ["LICENSE", "README.md"]) assert.ok(files.includes(path), path);
    assert.deepEqual(
      files.filter((/** @type {string} */ path) => /made-from|gitignore|\.rs$/.test(path)),
      [],
    );
    const wasm = files.filter((/** @type {string} */ path) => path.endsWith(".wasm"));
    for (const path of wasm) {
      const text = readFileSync(join(folder, path), "latin1");
      assert.ok(!text.includes(inRoot()), `${path} tells where it was built`);
    }
  });

  test("has the version of the crate", () => {
    const [, version] = /^version = "([^"]+)"/m.exec(readFileSync(inRoot("Cargo.toml"), "utf8")) ?? [];
    assert.equal(manifest.version, version);
  });
});
