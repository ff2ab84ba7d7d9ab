// `npm run build:client`: builds the npm package of the client, from src/ and npm/ to pkg/. Does nothing if its sources
// have not changed.
//
// The package has a folder for each kind of host. npm/ has what stands before them: the export map that leads each host
// to its folder, an `init` for hosts that load WebAssembly by themselves, and the package's README.

import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { inRoot, isCommand, npmBinary } from "../support/places.mjs";
import { report, runStep, StepFailed } from "../support/step.mjs";
import { buildClientWasm, CLIENT_SOURCES } from "./client_wasm.mjs";
import { hashOf, isMadeFrom, place } from "./stamp.mjs";

/** @typedef {import("./client_wasm.mjs").Host} Host */

/** The package's folder. */
export const packageFolder = inRoot("pkg");

/**
 * The kinds of host that the package has a folder for.
 *
 * @type {readonly Host[]}
 */
export const TARGETS = ["web", "bundler", "nodejs"];

const SOURCES = [...CLIENT_SOURCES, "npm", "LICENSE", "scripts/build/package.mjs"];
// Types of the WebAssembly itself, and the note of what a folder was built from.
const NOT_PACKAGED = /\.d\.ts$|^made-from$/;
// A session can be disposed of, also in a project whose own `lib` is older than that. Only the first lines may say so.
const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n';

/**
 * Builds the package, if its sources have changed.
 *
 * @param {{force?: boolean}} [options] `force`: build it in any case
 * @returns {Promise<string>} its folder
 */
export async function buildClient({ force = false } = {}) {
  const hash = hashOf(SOURCES);
  if (!force && isMadeFrom(packageFolder, hash)) return packageFolder;
  const made = inRoot("target", `package-${process.pid}`);
  try {
    for (const target of TARGETS) cpSync(await buildClientWasm(target), join(made, target), { recursive: true });
    assemble(made);
    await bundleForPages(made);
    place(made, packageFolder, hash);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return packageFolder;
}

/** @param {string} made */
function assemble(made) {
  const types = readFileSync(join(made, "bundler", "tidewatch.d.ts"), "utf8");
  for (const target of TARGETS) removeUnpackaged(join(made, target));
  cpSync(inRoot("npm"), made, { recursive: true });
  cpSync(inRoot("LICENSE"), join(made, "LICENSE"));
  const declarations = DISPOSABLE + types.trimEnd() + readFileSync(join(made, "init.d.ts"), "utf8");
  rmSync(join(made, "init.d.ts"));
  // The same text twice: TypeScript tells an imported module from a required one by the name of its types.
  for (const name of ["index.d.ts", "index.d.cts"]) writeFileSync(join(made, name), declarations);
  writeManifest(join(made, "package.json"));
  setModuleType(join(made, "nodejs"), "commonjs");
  // Snippets are ES modules in every folder.
  const snippets = join(made, "nodejs", "snippets");
  if (existsSync(snippets)) setModuleType(snippets, "module");
}

/**
 * Bundles what a page loads into one file: each further file would cost one more round trip.
 *
 * @param {string} made
 */
async function bundleForPages(made) {
  const entry = join(made, "web.js");
  const bundled = join(made, "web", "bundled.js");
  // Names stay, for readers of a stack trace.
  const minify = ["--minify-whitespace", "--minify-syntax"];
  await runStep({
    title: "Bundling the client for pages",
    label: "esbuild",
    takes: "1 s",
    command: [
      npmBinary("esbuild"),
      entry,
      "--bundle",
      "--format=esm",
      "--target=es2022",
      ...minify,
      `--outfile=${bundled}`,
      "--log-level=warning",
    ],
    next: "remove node_modules and run the same again.",
  });
  renameSync(bundled, join(made, "web", "tidewatch.js"));
  rmSync(join(made, "web", "snippets"), { recursive: true, force: true });
  rmSync(entry);
}

/** @param {string} folder */
function removeUnpackaged(folder) {
  for (const name of readdirSync(folder).filter((name) => NOT_PACKAGED.test(name))) rmSync(join(folder, name));
}

/** @param {string} file */
function writeManifest(file) {
  const { name, ...rest } = JSON.parse(readFileSync(file, "utf8"));
  const version = /^version = "([^"]+)"/m.exec(readFileSync(inRoot("Cargo.toml"), "utf8"))?.[1];
  if (!version) throw new StepFailed("Cargo.toml names no version.", "restore Cargo.toml from git.");
  writeFileSync(file, `${JSON.stringify({ name, version, ...rest }, null, 2)}\n`);
}

/**
 * @param {string} folder
 * @param {"commonjs" | "module"} type
 */
function setModuleType(folder, type) {
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ type })}\n`);
}

if (isCommand(import.meta.url)) {
  try {
    console.log(`The package is in ${await buildClient({ force: process.argv.includes("--force") })}.`);
  } catch (error) {
    report(error);
    process.exit(1);
  }
}
