// Comments are 120 columns wide at most, like code. rustfmt wraps comments only in its nightly version, and Biome does
// not wrap them, so this check holds them.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

import { inRoot, root } from "../support/places.mjs";

/** @typedef {import("./suite.mjs").Outcome} Outcome */

const COLUMNS_MAX = 120;
const FILES = ["*.rs", "*.mjs", "*.cjs", "*.js", "*.ts", "*.css"];
const COMMENT = /^\s*(\/\/|\/\*|\*\s(?!\{)|\*$)/;
// A link can't be wrapped, and neither can a row of a table.
const UNBREAKABLE = /https?:\/\/\S{60}|^\s*(?:\/\/[/!]|\*) \|/;

/**
 * Finds comments that are too wide, in the files that git knows.
 *
 * @returns {Outcome}
 */
export function wideComments() {
  const began = Date.now();
  const listed = execFileSync("git", ["ls-files", "-z", "--", ...FILES], { cwd: root, encoding: "utf8" });
  const lines = listed
    .split("\0")
    .filter((file) => file !== "" && existsSync(inRoot(file)))
    .flatMap((file) => findWide(file, readFileSync(inRoot(file), "utf8")));
  const failed = lines.length > 0 ? 1 : 0;
  const how = `found ${lines.length} comments of more than ${COLUMNS_MAX} columns`;
  return { passed: 1 - failed, failed, how, lines, seconds: (Date.now() - began) / 1000 };
}

/**
 * The lines of a file that are comments and too wide, each with its place.
 *
 * @param {string} file
 * @param {string} text
 */
export function findWide(file, text) {
  return text.split("\n").flatMap((line, at) => {
    const width = [...line].length;
    const isWide = width > COLUMNS_MAX && COMMENT.test(line) && !UNBREAKABLE.test(line);
    return isWide ? [`${file}:${at + 1}: ${width} columns`] : [];
  });
}
