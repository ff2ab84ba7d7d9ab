// `npm run build:client`: the npm package of the client, from src/ and npm/ to pkg/. Does nothing if what it is made from
// has not changed.
//
// wasm-pack makes a folder for each kind of host. npm/ has what stands before them: the map that leads each host to its
// own, an `init` for those that load WebAssembly by themselves, and what a reader of the package needs.

import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

import { ensureWasmBindgen, ensureWasmPack } from "../tools/cargo_tools.mjs";
import { inRoot, isCommand, npmBinary } from "../support/places.mjs";
import { hashOf, isMadeFrom, place } from "./stamp.mjs";
import { report, runStep, StepFailed } from "../support/step.mjs";
import { ensurePackages, ensureRust } from "../tools/toolchain.mjs";

/** The package's folder. */
export const packageFolder = inRoot("pkg");

/** The kinds of host, by wasm-pack's names and the package's. */
export const TARGETS = ["web", "bundler", "nodejs"];

const SOURCES = [
  "src",
  "npm",
  "Cargo.toml",
  "Cargo.lock",
  "rust-toolchain.toml",
  "LICENSE",
  "scripts/build/package.mjs",
];
// What wasm-pack adds for a package of one target: types of the WebAssembly itself, and a list that keeps git and npm off.
const NOT_OURS = /\.d\.ts$|^\.gitignore$/;
// A session can be disposed of, also in a project whose own `lib` is older than that. Only the first lines may say so.
const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n';

/**
 * Builds the package if pkg/ is not what the sources would give.
 *
 * @returns {Promise<string>} its folder
 */
export async function buildClient({ force = false } = {}) {
  const hash = hashOf(SOURCES);
  if (!force && isMadeFrom(packageFolder, hash)) return packageFolder;
  await ensurePackages();
  await ensureRust();
  const made = inRoot("target", `package-${process.pid}`);
  try {
    for (const target of TARGETS) await makeTarget(target, made);
    assemble(made);
    await bundleForPages(made);
    place(made, packageFolder, hash);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return packageFolder;
}

/** What wasm-pack needs in its environment so that it downloads nothing: the tools that it looks for on the PATH. */
export async function wasmPackEnv() {
  const tools = [await ensureWasmBindgen(), npmBinary("wasm-opt")].map((tool) => dirname(tool));
  return { PATH: [...tools, process.env.PATH].join(delimiter) };
}

async function makeTarget(target, made) {
  const isFirst = target === TARGETS[0];
  const isFresh = !existsSync(inRoot("target", "wasm32-unknown-unknown", "client"));
  await runStep({
    title: `Building the client (${target})`,
    takes: isFirst ? (isFresh ? "1 to 2 minutes" : "20 to 40 s") : "5 s",
    command: [
      await ensureWasmPack(),
      "build",
      inRoot(),
      "--profile",
      "client",
      "--target",
      target,
      "--out-dir",
      join(made, target),
      "--no-pack",
      "--mode",
      "no-install",
      "--features",
      "client",
    ],
    env: await wasmPackEnv(),
    next: "mend what the compiler says above, and run the same again.",
  });
}

function assemble(made) {
  const types = readFileSync(join(made, "bundler", "tidewatch.d.ts"), "utf8");
  for (const target of TARGETS) dropLeftovers(join(made, target));
  cpSync(inRoot("npm"), made, { recursive: true });
  cpSync(inRoot("LICENSE"), join(made, "LICENSE"));
  const declarations = DISPOSABLE + types.trimEnd() + readFileSync(join(made, "init.d.ts"), "utf8");
  rmSync(join(made, "init.d.ts"));
  // The same twice: TypeScript tells a module that is imported from one that is required by the name of its types.
  for (const name of ["index.d.ts", "index.d.cts"]) writeFileSync(join(made, name), declarations);
  writeManifest(join(made, "package.json"));
  markAs("commonjs", join(made, "nodejs"));
  // Written as ES modules, whoever loads them.
  if (existsSync(join(made, "nodejs", "snippets"))) markAs("module", join(made, "nodejs", "snippets"));
}

async function bundleForPages(made) {
  const entry = join(made, "web.js");
  const bundled = join(made, "web", "bundled.js");
  await runStep({
    title: "Putting what a page loads into one file",
    takes: "1 s",
    // Names stay, for whoever reads a stack.
    command: [
      npmBinary("esbuild"),
      entry,
      "--bundle",
      "--format=esm",
      "--target=es2022",
      "--minify-whitespace",
      "--minify-syntax",
      `--outfile=${bundled}`,
      "--log-level=warning",
    ],
    next: "remove node_modules and run the same again.",
  });
  renameSync(bundled, join(made, "web", "tidewatch.js"));
  rmSync(join(made, "web", "snippets"), { recursive: true, force: true });
  rmSync(entry);
}

function dropLeftovers(folder) {
  for (const name of readdirSync(folder).filter((name) => NOT_OURS.test(name))) rmSync(join(folder, name));
}

function writeManifest(file) {
  const { name, ...rest } = JSON.parse(readFileSync(file, "utf8"));
  const version = /^version = "([^"]+)"/m.exec(readFileSync(inRoot("Cargo.toml"), "utf8"))?.[1];
  if (!version) throw new StepFailed("Cargo.toml names no version.", "restore Cargo.toml from git.");
  writeFileSync(file, `${JSON.stringify({ name, version, ...rest }, null, 2)}\n`);
}

function markAs(type, folder) {
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ type })}\n`);
}

if (isCommand(import.meta.url)) {
  buildClient({ force: process.argv.includes("--force") }).then(
    (folder) => console.log(`The package is in ${folder}.`),
    (error) => {
      report(error);
      process.exitCode = 1;
    },
  );
}
