// A history without an order is reduced to a small table.

import assert from "node:assert/strict";
import { test } from "node:test";

import { check } from "./check.mjs";
import { ended, live, Story } from "./story.mjs";
import { describe } from "./table.mjs";

const one = live("id:1", 5);
const other = live("id:2", 8);

/** @param {Story} story */
function describeOnly(story) {
  const { violations } = check(story.history);
  assert.equal(violations.length, 1);
  return describe(violations[0], story.history);
}

test("a table has the relevant calls, and marks the call that does not fit", () => {
  const story = new Story()
    .create([0, 10], "id:1", one)
    .create([1, 11], "id:2", other)
    .get([12, 13], "id:2", other)
    .get([14, 15], "id:1", one)
    .list([16, 17], { status: "live" }, [other, one])
    .release([20, 30], "id:1", ended(one, 25))
    .get([31, 32], "id:1", ended(one, 25))
    .get([41, 42], "id:1", one)
    .get([51, 52], "id:1", ended(one, 25))
    .change([53], "id:1", { timeout: 2000 });
  const lines = describeOnly(story).split("\n");
  assert.equal(lines[0], "a story, seed none: no order explains it (id:1)");
  assert.match(lines[1], /^ {3}#1 .* create id:1\/a/);
  assert.match(lines[2], /^ {3}#6 .* release → released, created 5, expires 1005, ended 25 user_requested/);
  assert.match(lines[3], /^► {2}#8 .* reads → live, created 5, expires 1005/);
  assert.match(lines[4], /leads to a session that was live since 5, and released at 25/);
  assert.equal(lines.length, 5);
});

test("a violation of a project's rule is described with its calls", () => {
  const story = new Story({ limit: 3 }).create([0, 10], "id:1", one).list([20, 21], { totalCount: 7 }, [one]);
  const text = describeOnly(story);
  assert.match(text, /a list of 1 counts 7\n {2}#2 client 2 20 to 21: list/);
});
