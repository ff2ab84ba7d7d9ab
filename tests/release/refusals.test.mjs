// What stops a release, tried in a clone of this project: nothing is written there before the refusal.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { inRoot, root, temporary } from "../../scripts/support/places.mjs";

/**
 * A clone with the scripts of the working tree, all of it committed.
 *
 * @param {test.TestContext} t
 */
function makeClone(t) {
  const folder = mkdtempSync(join(temporary, "tidewatch-release-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${root}`, folder]);
  cpSync(inRoot("scripts"), join(folder, "scripts"), { recursive: true });
  commit(folder);
  return folder;
}

/** @param {string} folder */
function commit(folder) {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  execFileSync("git", ["add", "--all"], { cwd: folder });
  execFileSync("git", [...identity, "commit", "--quiet", "--allow-empty", "--message=test"], { cwd: folder });
}

/** @param {string} folder */
function release(folder) {
  const command = [join(folder, "scripts", "release", "release.mjs"), "900.0.0"];
  const { status, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: "utf8" });
  const changed = execFileSync("git", ["status", "--porcelain"], { cwd: folder, encoding: "utf8" });
  return { status, stderr, changed };
}

test("a release with uncommitted changes is refused", (t) => {
  const folder = makeClone(t);
  appendFileSync(join(folder, "CHANGELOG.md"), "\n");
  const { status, stderr, changed } = release(folder);
  assert.equal(status, 1);
  assert.match(stderr, /changes that are not committed/);
  assert.equal(changed, " M CHANGELOG.md\n");
});

test("a release with nothing unreleased is refused", (t) => {
  const folder = makeClone(t);
  writeFileSync(join(folder, "CHANGELOG.md"), "# Changelog\n\n## Unreleased\n");
  commit(folder);
  const { status, stderr, changed } = release(folder);
  assert.equal(status, 1);
  assert.match(stderr, /nothing under Unreleased/);
  assert.equal(changed, "");
});
