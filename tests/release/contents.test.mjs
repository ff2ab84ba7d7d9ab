// What the packages of a release contain, file by file. A new file must be added here, so none is published by
// accident.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";

import { buildClient } from "../../scripts/build/package.mjs";
import { listCrate } from "../../scripts/release/packages.mjs";
import { inRoot } from "../../scripts/support/places.mjs";

const PACKAGE = [
  "LICENSE",
  "README.md",
  "bundler.js",
  "bundler/tidewatch.js",
  "bundler/tidewatch_bg.js",
  "bundler/tidewatch_bg.wasm",
  "index.d.cts",
  "index.d.ts",
  "nodejs.cjs",
  "nodejs.js",
  "nodejs/package.json",
  "nodejs/snippets/package.json",
  "nodejs/tidewatch.js",
  "nodejs/tidewatch_bg.wasm",
  "package.json",
  "web.d.ts",
  "web/tidewatch.js",
  "web/tidewatch_bg.wasm",
];
const CRATE = [
  ".cargo_vcs_info.json",
  "CHANGELOG.md",
  "Cargo.lock",
  "Cargo.toml",
  "Cargo.toml.orig",
  "LICENSE",
  "README.md",
];

/**
 * wasm-bindgen copies the client's own JavaScript into a folder whose name has a hash.
 *
 * @param {string} host
 */
const snippets = (host) =>
  readdirSync(inRoot("src", "client", "js"))
    .filter((name) => name.endsWith(".js"))
    .map((name) => `${host}/snippets/tidewatch-HASH/src/client/js/${name}`);

/** @param {string} folder */
function readTarball(folder) {
  const output = execFileSync("npm", ["pack", folder, "--dry-run", "--json", "--offline"], { encoding: "utf8" });
  const [packed] = Object.values(JSON.parse(output));
  return packed.files.map((/** @type {{path: string}} */ { path }) =>
    path.replace(/\/tidewatch-[0-9a-f]+\//, "/tidewatch-HASH/"),
  );
}

test("the npm package has these files and no others", async () => {
  const expected = [...PACKAGE, ...snippets("bundler"), ...snippets("nodejs")];
  assert.deepEqual(readTarball(await buildClient()).sort(), expected.sort());
});

test("the crate has the library's sources and these files, and no others", async () => {
  const listed = await listCrate();
  assert.deepEqual(listed.filter((path) => !path.startsWith("src/")).sort(), CRATE);
  assert.ok(listed.includes("src/lib.rs"));
});
