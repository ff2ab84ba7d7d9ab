// The package's types: what they let through, and what they refuse.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";

import { inRoot } from "../../scripts/support/places.mjs";
import { makeTypedProject, RESOLUTIONS } from "./typed_project.mjs";

const project = await makeTypedProject();
after(() => project.remove());
for (const module of ["puppeteer-core", "playwright-core", "@types/node"]) project.link(module);

/** @param {string} name */
const read = (name) => readFileSync(inRoot("tests", "types", "programs", name), "utf8");

/**
 * What the compiler says about one program, with no error of any other file.
 *
 * @param {string} name
 * @param {object} [options]
 */
function compile(name, options) {
  project.write(name, read(name));
  return project.compile([name], options);
}

/**
 * The errors that a program's own lines announce: `line code`.
 *
 * @param {string} name
 */
function announced(name) {
  const lines = read(name)
    .split("\n")
    .map((text, index) => [index + 1, / \/\/ (TS\d+)$/.exec(text)?.[1]]);
  return lines.filter(([, code]) => code).map(([line, code]) => `${line} ${code}`);
}

for (const [resolution, options] of Object.entries(RESOLUTIONS)) {
  describe(`by ${resolution}`, () => {
    for (const [name, what] of [
      ["every_call.ts", "every call takes every option, and gives what it says"],
      ["await_using.ts", "await using disposes of a session"],
      ["entries.ts", "the other entries have their types"],
    ]) {
      test(what, async () => {
        assert.deepEqual(await compile(name, options), []);
      });
    }

    test("a program for Node needs no types of pages", async () => {
      assert.deepEqual(await compile("every_call.ts", { ...options, lib: ["ES2022"], types: ["node"] }), []);
    });

    test("connect returns the types of puppeteer and playwright", async () => {
      // Theirs are not made for every strict project.
      assert.deepEqual(await compile("libraries.ts", { ...options, types: ["node"], skipLibCheck: true }), []);
    });

    test("each misuse is refused with its own error, and correct use is not", async () => {
      const found = await compile("refused.ts", options);
      assert.deepEqual(
        found.map(({ line, code }) => `${line} ${code}`),
        announced("refused.ts"),
      );
      assert.ok(found.length > 50);
    });
  });
}

test("a program that requires the package has the same types", async () => {
  assert.deepEqual(await compile("commonjs.cts", RESOLUTIONS.NodeNext), []);
});
