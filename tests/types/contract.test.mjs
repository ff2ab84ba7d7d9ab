// The client's types and the service's are the same: both are held against tests/fixtures.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { buildClient } from "../../scripts/build/package.mjs";
import { inRoot } from "../../scripts/support/places.mjs";
import { CALLS, everyFixture, everyMistake, REFUSED } from "./contract.mjs";
import { makeTypedProject, RESOLUTIONS } from "./typed_project.mjs";

const project = await makeTypedProject();
after(() => project.remove());

/** @param {string} text */
function compile(text) {
  project.write("contract.ts", text);
  return project.compile(["contract.ts"], RESOLUTIONS.Bundler);
}

test("answers, options and codes are exactly those of the types", async () => {
  assert.deepEqual(await compile(everyFixture()), []);
});

test("a field or a code that only one side has is found", async () => {
  const { text, mistakes } = everyMistake();
  const lines = new Set((await compile(text)).map(({ line }) => line));
  assert.ok(mistakes > 100);
  assert.equal(lines.size, mistakes);
});

test("exactly the options that the service refuses are documented as refused", () => {
  const types = readFileSync(inRoot("src", "client", "types.ts"), "utf8");
  const [, options] = /^export interface CreateOptions \{$([\s\S]*?)^\}$/m.exec(types) ?? [];
  const documented = [...options.matchAll(/\/\*\* ([\s\S]*?) \*\/\s+(\w+)\?:/g)].map(([, doc, name]) => ({
    doc,
    name,
  }));
  assert.deepEqual(
    documented.filter(({ doc }) => /\bRefused\b/.test(doc)).map(({ name }) => name),
    REFUSED,
  );
});

for (const { name, make, expected } of CALLS) {
  test(`${name} sends every option of its type`, async () => {
    const { Tidewatch } = await import(join(await buildClient(), "nodejs.js"));
    /** @type {unknown[]} */
    const sent = [];
    /**
     * @param {string} url
     * @param {{body?: string}} options
     */
    const fetch = async (url, { body }) => {
      const { searchParams } = new URL(url);
      sent.push(body ? JSON.parse(body) : Object.fromEntries(searchParams));
      return Response.json({}, { status: 400 });
    };
    const client = new Tidewatch({ baseUrl: "http://127.0.0.1:1", apiKey: "tw_key", fetch });
    await assert.rejects(make(client.sessions), { code: "http_error" });
    assert.deepEqual(sent, [expected]);
  });
}
