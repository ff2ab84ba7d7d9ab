// `npm run release` as a developer runs it: what it refuses, and that a dry run changes nothing.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";

import { inRoot, root } from "../../scripts/support/places.mjs";

const NEXT = "900.0.0";

/** @param {...string} args */
function release(...args) {
  const command = [inRoot("scripts", "release", "release.mjs"), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

const state = () => execFileSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" });

test("a dry run makes both packages and changes nothing", () => {
  const before = state();
  const { status, output } = release(NEXT, "--dry-run", "--date", "2026-12-01");
  assert.equal(status, 0, output);
  assert.match(output, /CHANGELOG\.md: ## 900\.0\.0 \(2026-12-01\)/);
  assert.match(output, /npm publish --dry-run: done/);
  assert.match(output, /cargo package: done/);
  assert.match(output, /Dry run: nothing was changed\./);
  assert.equal(state(), before);
});

test("a release without a version, or with two, is refused with the way to call it", () => {
  for (const args of [[], ["1.0.0", "2.0.0"]]) {
    const { status, output } = release(...args);
    assert.equal(status, 1);
    assert.match(output, /npm run release -- VERSION/);
  }
});

test("a version that is not greater is refused, also by a dry run", () => {
  const { status, output } = release("0.0.1", "--dry-run");
  assert.equal(status, 1);
  assert.match(output, /is not greater than the current version/);
});
