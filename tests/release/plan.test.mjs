// What a release writes, and what it refuses.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { cargoVersion, hasUnreleased, planRelease, RELEASE_FILES } from "../../scripts/release/plan.mjs";
import { isGreater, isVersion } from "../../scripts/release/version.mjs";
import { inRoot } from "../../scripts/support/places.mjs";

/** @typedef {Parameters<typeof planRelease>[0]} Texts */

const DATE = "2026-12-01";
const NEXT = "900.0.0";

/** @returns {Texts} */
const current = () =>
  /** @type {any} */ (Object.fromEntries(RELEASE_FILES.map((file) => [file, readFileSync(inRoot(file), "utf8")])));

/** The project's files as they are, with something unreleased. */
const releasable = () => ({ ...current(), "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n- A change.\n" });

/**
 * @param {Texts} texts
 * @param {string} [version]
 * @param {string} [date]
 */
const plan = (texts, version = NEXT, date = DATE) => planRelease(texts, { version, date });

test("all files name the same version before a release", () => {
  const texts = current();
  const version = cargoVersion(texts["Cargo.toml"]);
  assert.equal(JSON.parse(texts["package.json"]).version, version);
  const lock = JSON.parse(texts["package-lock.json"]);
  assert.deepEqual([lock.version, lock.packages[""].version], [version, version]);
  assert.ok(texts["Cargo.lock"].includes(`name = "tidewatch"\nversion = "${version}"`));
});

test("a release sets its version in each file, and changes nothing else", () => {
  const before = releasable();
  const after = plan(before);
  assert.equal(cargoVersion(after["Cargo.toml"]), NEXT);
  assert.equal(JSON.parse(after["package.json"]).version, NEXT);
  const lock = JSON.parse(after["package-lock.json"]);
  assert.deepEqual([lock.version, lock.packages[""].version], [NEXT, NEXT]);
  assert.ok(after["Cargo.lock"].includes(`name = "tidewatch"\nversion = "${NEXT}"`));
  for (const file of /** @type {const} */ (["Cargo.toml", "Cargo.lock", "package.json", "package-lock.json"])) {
    const old = new Set(before[file].split("\n"));
    const changed = after[file].split("\n").filter((line) => !old.has(line));
    assert.ok(changed.length >= 1 && changed.every((line) => line.includes(NEXT)), `${file}: ${changed}`);
  }
});

test("the Unreleased section becomes the version's section, with its date, below a new empty one", () => {
  const after = plan(releasable())["CHANGELOG.md"];
  assert.equal(after, `# Changelog\n\n## Unreleased\n\n## ${NEXT} (${DATE})\n\n- A change.\n`);
});

test("earlier versions stay in the changelog", () => {
  const text = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.0.1 (2026-01-01)\n\n- Old.\n";
  const after = plan({ ...releasable(), "CHANGELOG.md": text })["CHANGELOG.md"];
  assert.match(
    after,
    /## Unreleased\n\n## 900\.0\.0 \(2026-12-01\)\n\n- New\.\n\n## 0\.0\.1 \(2026-01-01\)\n\n- Old\.\n$/,
  );
});

test("an Unreleased without entries is empty, also above an earlier version", () => {
  assert.ok(hasUnreleased(releasable()["CHANGELOG.md"]));
  for (const text of [
    "# Changelog\n\n## Unreleased\n",
    "# Changelog\n\n## Unreleased\n\n### Upgrading\n\n## 0.0.1 (2026-01-01)\n\n- Old.\n",
    "# Changelog\n\n- No section.\n",
  ])
    assert.equal(hasUnreleased(text), false, text);
});

test("a changelog without the section is refused", () => {
  assert.throws(() => plan({ ...releasable(), "CHANGELOG.md": "# Changelog\n" }), /has not the shape/);
});

test("a version that is not greater is refused", () => {
  const version = cargoVersion(current()["Cargo.toml"]);
  for (const smaller of [version, "0.0.1", `${version}-rc.1`])
    assert.throws(() => plan(releasable(), smaller), /is not greater than the current version/);
});

test("an invalid version or date is refused", () => {
  for (const text of ["", "1", "1.2", "v1.2.3", "1.2.3.4", "01.2.3", "1.2.3-"])
    assert.throws(() => plan(releasable(), text), /is not a version/);
  assert.throws(() => plan(releasable(), NEXT, "1 May"), /is not a date/);
});

test("versions are ordered as semantic versioning orders them", () => {
  const ordered = ["0.1.0", "0.9.0", "0.10.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2"];
  ordered.push("1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "2.0.0");
  for (const [at, version] of ordered.entries()) {
    assert.ok(isVersion(version), version);
    for (const [other, earlier] of ordered.entries())
      assert.equal(isGreater(version, earlier), at > other, `${version} > ${earlier}`);
  }
});
