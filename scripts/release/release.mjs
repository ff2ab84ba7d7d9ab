// `npm run release -- VERSION`: sets the version in all files that name it, checks the packages, commits and tags.
// `--dry-run` changes nothing. `--date YYYY-MM-DD` is the date in CHANGELOG.md; by default it is today, in UTC.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { inRoot, root } from "../support/places.mjs";
import { report, StepFailed } from "../support/step.mjs";
import { checkPackages } from "./packages.mjs";
import { cargoVersion, hasUnreleased, planRelease, RELEASE_FILES } from "./plan.mjs";

/** @typedef {import("./plan.mjs").ReleaseFile} ReleaseFile */
/** @typedef {Record<ReleaseFile, string>} Texts */

try {
  await main();
} catch (error) {
  report(error);
  process.exit(1);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "dry-run": { type: "boolean", default: false },
      date: { type: "string", default: new Date().toISOString().slice(0, 10) },
    },
  });
  const [version, ...rest] = positionals;
  if (version === undefined || rest.length > 0) {
    throw new StepFailed("One version is needed.", "npm run release -- VERSION [--dry-run] [--date YYYY-MM-DD]");
  }
  const before = readTexts();
  const obstacles = findObstacles(before);
  if (obstacles[0] && !values["dry-run"]) throw obstacles[0];
  const after = planRelease(before, { version, date: values.date });
  console.log(`Release ${version}; the current version is ${cargoVersion(before["Cargo.toml"])}.`);
  for (const file of RELEASE_FILES) printChanges(file, before[file], after[file]);
  if (values["dry-run"]) await rehearse(obstacles);
  else await release(version, before, after);
}

/**
 * The states of the working tree in which a release is refused.
 *
 * @param {Texts} texts
 */
function findObstacles(texts) {
  const obstacles = [];
  if (git("status", "--porcelain") !== "")
    obstacles.push(new StepFailed("There are changes that are not committed.", "commit or stash them."));
  if (!hasUnreleased(texts["CHANGELOG.md"]))
    obstacles.push(new StepFailed("CHANGELOG.md has nothing under Unreleased.", "write there what has changed."));
  return obstacles;
}

/**
 * A dry run. The packages have the current version, as nothing is written.
 *
 * @param {StepFailed[]} obstacles
 */
async function rehearse(obstacles) {
  await checkPackages();
  for (const { message } of obstacles) console.log(`A release would be refused: ${message}`);
  console.log("Dry run: nothing was changed.");
}

/**
 * @param {string} version
 * @param {Texts} before
 * @param {Texts} after
 */
async function release(version, before, after) {
  writeTexts(after);
  try {
    await checkPackages();
  } catch (error) {
    writeTexts(before);
    throw error;
  }
  git("commit", "--quiet", "--message", `build: release ${version}`, "--", ...RELEASE_FILES);
  git("tag", "--annotate", `v${version}`, "--message", `Tidewatch ${version}`);
  console.log(`\n${version} is committed and tagged as v${version}. To publish it:

git push --follow-tags
npm publish pkg
npm run deploy`);
}

/** @returns {Texts} */
function readTexts() {
  const entries = RELEASE_FILES.map((file) => [file, readFileSync(inRoot(file), "utf8")]);
  return Object.fromEntries(entries);
}

/** @param {Texts} texts */
function writeTexts(texts) {
  for (const file of RELEASE_FILES) writeFileSync(inRoot(file), texts[file]);
}

/**
 * Prints the new lines of a file.
 *
 * @param {string} file
 * @param {string} before
 * @param {string} after
 */
function printChanges(file, before, after) {
  const known = new Set(before.split("\n"));
  for (const line of after.split("\n").filter((line) => !known.has(line))) console.log(`  ${file}: ${line.trim()}`);
}

/** @param {string[]} args */
function git(...args) {
  return execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
}
