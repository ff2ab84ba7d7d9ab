// The steps of `npm run lint`: formatters, linters, type checkers and the documentation's build.

import { execFileSync } from "node:child_process";
import { dirname } from "node:path";

import { runCommand } from "../support/command.mjs";
import { npmBinary, root } from "../support/places.mjs";
import { checkTotals } from "./totals.mjs";
import { wideComments } from "./wide_comments.mjs";

/** @typedef {import("./suite.mjs").Step} Step */

// From nothing, on 2 cores, under load.
const CHECK_LIMIT_MS = 15 * 60_000;

/** The folders that have a tsconfig.json. Each is checked, so a new one can't be forgotten. */
function typedFolders() {
  const flags = ["--cached", "--others", "--exclude-standard", "-z"];
  const listed = execFileSync("git", ["ls-files", ...flags, "--", "*/tsconfig.json"], { cwd: root, encoding: "utf8" });
  return listed.split("\0").filter(Boolean).map(dirname);
}

/** The packages that are checked natively. */
const PACKAGES = ["-p", "tidewatch", "-p", "tidewatch-simulation"];

/**
 * One step for each check.
 *
 * @returns {Step[]}
 */
export function lint() {
  return [
    check("Rust format", ["cargo", "fmt", "--all", "--check"]),
    check("JavaScript format and lint", [npmBinary("biome"), "ci", "--colors=off"]),
    { part: "lint", name: "width of comments", lane: "compile", run: async () => wideComments() },
    ...typedFolders().map((folder) => check(`types of ${folder}`, [npmBinary("tsc"), "-p", folder])),
    clippy("no feature", "--all-targets"),
    clippy("all features, and the simulation", "--all-targets", "--all-features", ...PACKAGES),
    clippy("Worker on WebAssembly", "--target", "wasm32-unknown-unknown", "--features", "worker"),
    clippy("client on WebAssembly", "--target", "wasm32-unknown-unknown", "--features", "client"),
    check("documentation", ["cargo", "doc", "--no-deps", "--all-features"], { RUSTDOCFLAGS: "-Dwarnings" }),
  ];
}

/**
 * @param {string} name
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Step}
 */
function check(name, command, env) {
  const run = async () => {
    const ended = await runCommand(command, { env, label: name, limitMs: CHECK_LIMIT_MS });
    return { ...ended, ...checkTotals(ended) };
  };
  return { part: "lint", name, lane: "compile", run };
}

/**
 * @param {string} name
 * @param {string[]} flags
 */
function clippy(name, ...flags) {
  return check(`clippy, ${name}`, ["cargo", "clippy", ...flags, "--", "-D", "warnings"]);
}
