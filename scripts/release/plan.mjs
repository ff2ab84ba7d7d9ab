// What a release changes in the project's files. Pure functions: texts in, texts out.

import { StepFailed } from "../support/step.mjs";
import { isGreater, isVersion } from "./version.mjs";

/**
 * The files that a release changes, and how. The npm package takes its version from Cargo.toml, and so does `GET
 * /health`.
 */
const EDITS = /** @type {const} */ ({
  "Cargo.toml": setCargoVersion,
  "Cargo.lock": setLockVersion,
  "package.json": setManifestVersion,
  "package-lock.json": setManifestLockVersion,
  "CHANGELOG.md": setChangelogVersion,
});

/** @typedef {keyof typeof EDITS} ReleaseFile */
/** @typedef {{version: string, date: string}} Release `date`: YYYY-MM-DD */

const UNRELEASED = /^## Unreleased$/m;

/** The files that a release changes. */
export const RELEASE_FILES = /** @type {ReleaseFile[]} */ (Object.keys(EDITS));

/**
 * The new texts of the files. Fails if the version is not greater than the current one, or if a file has not the
 * expected shape.
 *
 * @param {Record<ReleaseFile, string>} texts the current texts
 * @param {Release} release
 * @returns {Record<ReleaseFile, string>}
 */
export function planRelease(texts, release) {
  const { version, date } = release;
  if (!isVersion(version)) throw new StepFailed(`\`${version}\` is not a version.`, "use MAJOR.MINOR.PATCH.");
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new StepFailed(`\`${date}\` is not a date.`, "use YYYY-MM-DD.");
  const current = cargoVersion(texts["Cargo.toml"]);
  if (!isGreater(version, current)) {
    throw new StepFailed(`${version} is not greater than the current version, ${current}.`, "choose a greater one.");
  }
  const entries = RELEASE_FILES.map((file) => [file, EDITS[file](texts[file], release)]);
  return Object.fromEntries(entries);
}

/**
 * Whether a changelog has an entry in its section "Unreleased".
 *
 * @param {string} changelog
 */
export function hasUnreleased(changelog) {
  const [, after = ""] = changelog.split(UNRELEASED);
  const [section = ""] = after.split(/^## /m);
  return /^- /m.test(section);
}

/**
 * The version of the package in a Cargo.toml.
 *
 * @param {string} text
 */
export function cargoVersion(text) {
  const version = /^\[package\]$[^[]*?^version = "([^"]+)"/m.exec(text)?.[1];
  if (!version) throw unexpected("Cargo.toml");
  return version;
}

/**
 * @param {string} text
 * @param {Release} release
 */
function setCargoVersion(text, { version }) {
  return replaceOnce("Cargo.toml", text, /^(\[package\]$[^[]*?^version = ")[^"]+/m, version);
}

/**
 * @param {string} text
 * @param {Release} release
 */
function setLockVersion(text, { version }) {
  return replaceOnce("Cargo.lock", text, /^(name = "tidewatch"\nversion = ")[^"]+/m, version);
}

/**
 * @param {string} text
 * @param {Release} release
 */
function setManifestVersion(text, { version }) {
  return replaceOnce("package.json", text, /^( {2}"version": ")[^"]+/m, version);
}

/**
 * @param {string} text
 * @param {Release} release
 */
function setManifestLockVersion(text, { version }) {
  const outer = replaceOnce("package-lock.json", text, /^( {2}"version": ")[^"]+/m, version);
  // The project itself is the package with the empty path.
  return replaceOnce("package-lock.json", outer, /^( {4}"": \{\n(?: {6}.*\n)*? {6}"version": ")[^"]+/m, version);
}

/**
 * Makes the section "Unreleased" the version's section, with a new and empty one above it.
 *
 * @param {string} text
 * @param {Release} release
 */
function setChangelogVersion(text, { version, date }) {
  if (!UNRELEASED.test(text)) throw unexpected("CHANGELOG.md");
  return text.replace(UNRELEASED, `$&\n\n## ${version} (${date})`);
}

/**
 * @param {string} file
 * @param {string} text
 * @param {RegExp} pattern its first group stays, the rest is replaced
 * @param {string} version
 */
function replaceOnce(file, text, pattern, version) {
  if (!pattern.test(text)) throw unexpected(file);
  return text.replace(pattern, `$1${version}`);
}

/** @param {string} file */
function unexpected(file) {
  return new StepFailed(`${file} has not the shape that a release expects.`, "restore it from git.");
}
