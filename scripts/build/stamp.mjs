// Whether what was built is what the sources would give: a folder keeps a note of what it was made from.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { inRoot, root } from "../support/places.mjs";

const STAMP = "made-from";

/** What `sources`, files and folders of this project, hold. Contents, not times: a checkout touches files without changing them. */
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

/** Whether a folder was made from sources of this hash. */
export function isMadeFrom(folder, hash) {
  const stamp = join(folder, STAMP);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
}

/**
 * Moves what was made aside to its place, with a note of what it was made from: whoever looks meanwhile sees the old one
 * or the new one, never half of one.
 */
export function place(made, folder, hash) {
  writeFileSync(join(made, STAMP), hash);
  const old = `${made}-old`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(made, folder);
  rmSync(old, { recursive: true, force: true });
}

function filesBelow(path) {
  if (!statSync(inRoot(path)).isDirectory()) return [path];
  return readdirSync(inRoot(path), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .sort();
}
