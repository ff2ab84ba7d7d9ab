// Whether a build is up to date: each built folder has a file with the hash of its sources.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { inRoot, root } from "../support/places.mjs";

const STAMP = "made-from";

/**
 * The hash of files and folders of this project. Contents count and not times, as a checkout touches files without
 * changing them.
 *
 * @param {string[]} sources
 */
export function hashOf(sources) {
  const hash = createHash("sha256");
  for (const path of sources.flatMap(filesBelow)) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(inRoot(path)))
      .update("\0");
  }
  return hash.digest("hex");
}

/**
 * Whether a folder was made from sources with this hash.
 *
 * @param {string} folder
 * @param {string} hash
 */
export function isMadeFrom(folder, hash) {
  const stamp = join(folder, STAMP);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
}

/**
 * Moves a finished folder to its place, with the hash of its sources. A reader sees the old folder or the new one,
 * never a half-written one.
 *
 * @param {string} made
 * @param {string} folder
 * @param {string} hash
 */
export function place(made, folder, hash) {
  writeFileSync(join(made, STAMP), hash);
  const old = `${made}-old`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(made, folder);
  rmSync(old, { recursive: true, force: true });
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesBelow(path) {
  if (!statSync(inRoot(path)).isDirectory()) return [path];
  return readdirSync(inRoot(path), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}
