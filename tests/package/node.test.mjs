// The package in Node: imported, required, and with the WebAssembly imported as a module.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { makeProject } from "./project.mjs";
import { example, marks } from "./readme.mjs";
import { openFakeService } from "../support/fake_service.mjs";

const KEY = "tw_key";
const service = await openFakeService();
after(() => service.close());
const project = await makeProject();
after(() => project.remove());

/**
 * Runs a program in the project; the lines that it has printed.
 *
 * @param {string} name
 * @param {string} code
 */
async function run(name, code) {
  const text = code.replaceAll("process.env.TIDEWATCH_API_KEY", JSON.stringify(KEY));
  const output = await project.run(process.execPath, project.write(name, text));
  return output.trim().split("\n");
}

/** @param {string} load */
const listing = (load) => `
  ${load}
  await init();
  await init();
  const client = new Tidewatch({ baseUrl: "${service.url}", apiKey: "${KEY}" });
  for (const { id } of await client.sessions.list()) console.log(id);
`;
const ids = service.sessions.map(({ id }) => id);

test("every mark in the README is directly before a block", () => {
  assert.ok(marks.all > 0);
  assert.equal(marks.read, marks.all);
});

test("README, node: the example works unchanged", async () => {
  const lines = await run("readme.mjs", example("node", service.url));
  assert.deepEqual(
    lines,
    service.sessions.map(({ id, expiresAt }) => `${id} ${expiresAt}`),
  );
  assert.equal(service.requests.at(-1)?.key, `Bearer ${KEY}`);
});

test("README, session: a session is created and released", async () => {
  const lines = await run("session.mjs", example("session", service.url));
  assert.match(lines[0], /^ws:\/\//);
  const [create, release] = service.requests.slice(-2);
  assert.deepEqual([create.method, create.path], ["POST", "/v1/sessions"]);
  assert.match(`${release.method} ${release.path}`, /^POST \/v1\/sessions\/[0-9a-f-]{36}\/release$/);
});

test("the package can be imported, and init is optional", async () => {
  assert.deepEqual(await run("import.mjs", listing('import init, { Tidewatch } from "tidewatch";')), ids);
});

test("the package can be required, with the same classes as the import", async () => {
  const load = 'const { default: init, Tidewatch } = require("tidewatch");';
  assert.deepEqual(await run("require.cjs", `(async () => {${listing(load)}})();`), ids);
  const both = `
    import { createRequire } from "node:module";
    import * as imported from "tidewatch";
    const required = createRequire(import.meta.url)("tidewatch");
    console.log(Object.keys(imported).sort().join(), required.Tidewatch === imported.Tidewatch);
    console.log(Object.keys(required).sort().join(), required.TidewatchError === imported.TidewatchError);
  `;
  assert.deepEqual(await run("both.mjs", both), Array(2).fill("Tidewatch,TidewatchError,default true"));
});

test("the package's errors are Errors of different classes", async () => {
  const code = `
    import { Tidewatch, TidewatchError } from "tidewatch";
    try { new Tidewatch({}); } catch (error) { console.log(error instanceof TidewatchError, error instanceof Error, error.code); }
  `;
  assert.deepEqual(await run("error.mjs", code), ["true true invalid_options"]);
});

test("the bundler target works if WebAssembly is imported as a module", async () => {
  assert.deepEqual(await run("bundler.mjs", listing('import init, { Tidewatch } from "tidewatch/bundler";')), ids);
});

test("the web target accepts the WebAssembly that the caller passes", async () => {
  const load = `
    import { readFileSync } from "node:fs";
    import load, { Tidewatch } from "tidewatch/web";
    const wasm = readFileSync(new URL(import.meta.resolve("tidewatch/tidewatch_bg.wasm")));
    const init = () => load({ module_or_path: wasm });
  `;
  assert.deepEqual(await run("web.mjs", listing(load)), ids);
});
