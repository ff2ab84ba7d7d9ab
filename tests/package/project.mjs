// An empty project in which the package is installed from its tarball, as a user would.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { buildClient } from "../../scripts/build/package.mjs";

const WITHIN_MS = 60_000;

/**
 * Makes the project.
 *
 * @returns {Promise<{folder: string, write: (name: string, text: string) => string,
 * run: (...command: string[]) => Promise<string>, remove: () => void}>}
 * `write` gives the file's path; `run` gives what a command in the project has printed on stdout
 */
export async function makeProject() {
  const folder = mkdtempSync(join(tmpdir(), "tidewatch-project-"));
  /**
   * @param {string} name
   * @param {string} text
   */
  const write = (name, text) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  /**
   * @param {string} program
   * @param {...string} args
   */
  const run = (program, ...args) => runIn(folder, program, args);
  const tarball = await pack(folder);
  write("package.json", JSON.stringify({ name: "project", private: true, type: "module" }));
  // Offline: whatever it needed from a registry would be missing.
  await run("npm", "install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", tarball);
  return { folder, write, run, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The files of the tarball, and its size in bytes. */
export async function readTarball() {
  const listed = await runIn(await buildClient(), "npm", ["pack", "--dry-run", "--json", "--loglevel=error"]);
  const [{ files, size }] = JSON.parse(listed);
  return { files: files.map((/** @type {{path: string}} */ { path }) => path), size };
}

/** @param {string} folder */
async function pack(folder) {
  const args = ["pack", "--json", "--loglevel=error", "--pack-destination", folder];
  const [{ filename }] = JSON.parse(await runIn(await buildClient(), "npm", args));
  return join(folder, filename);
}

/**
 * @param {string} cwd
 * @param {string} program
 * @param {string[]} args
 */
async function runIn(cwd, program, args) {
  // npm hands its own settings on to what it runs, and an npm below it would take them for the project's.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const { stdout } = await promisify(execFile)(program, args, { cwd, env, timeout: WITHIN_MS });
  return stdout;
}
