// Builds what the Worker serves beside its API, from www/ to site/. Does nothing if its sources have not changed.
//
// Each page's module is bundled with what it imports: libraries, and the client. The client's WebAssembly lies beside.

import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { inRoot, npmBinary } from "../support/places.mjs";
import { runStep, StepFailed } from "../support/step.mjs";
import { buildClientWasm, CLIENT_SOURCES } from "./client_wasm.mjs";
import { hashOf, isMadeFrom, place } from "./stamp.mjs";

/** The folder that the Worker serves. */
export const siteFolder = inRoot("site");

/**
 * Each page's module, and the modules that pages load later. They share no files, as a page would learn of a shared one
 * only after its module arrived.
 */
const MODULES = ["dashboard/main.js", "dashboard/plot.js", "replay/main.js", "view/main.js"];
/** The style sheets that pages name, each with what it imports. */
const STYLES = ["dashboard/main.css", "replay/main.css", "replay/sandbox.css", "replay/player.css", "view/view.css"];
/** Scripts without imports: they are injected, or run where a module can't be loaded. */
const SCRIPTS = ["recorder/main.js", "replay/sandbox.js", "replay/player.js"];
const COPIED = /\.(html|svg)$|^_headers$/;

const SOURCES = ["www", ...CLIENT_SOURCES, "package-lock.json", "scripts/build/site.mjs"];
// Names stay, for readers of a stack trace.
const BUNDLED = ["--bundle", "--target=es2022", "--minify-whitespace", "--minify-syntax", "--log-level=warning"];
const LOADED_LATER = ["--external:./plot.js"];

/** Whether site/ is what its sources would give. */
export const isSiteBuilt = () => isMadeFrom(siteFolder, hashOf(SOURCES));

/**
 * Builds the site, if its sources have changed.
 *
 * @param {{force?: boolean}} [options] `force`: build it in any case
 */
export async function buildSite({ force = false } = {}) {
  const hash = hashOf(SOURCES);
  if (!force && isMadeFrom(siteFolder, hash)) return;
  const client = await buildClientWasm("web");
  const made = inRoot("target", `site-${process.pid}`);
  try {
    mkdirSync(made, { recursive: true });
    const alias = `--alias:tidewatch=${join(client, "tidewatch.js")}`;
    await bundle("modules", made, ["--format=esm", alias, ...LOADED_LATER], MODULES);
    await bundle("styles", made, [], STYLES);
    await bundle("scripts", made, ["--format=iife", "--minify-identifiers"], SCRIPTS);
    copyRest(made);
    cpSync(join(client, "tidewatch_bg.wasm"), join(made, "tidewatch_bg.wasm"));
    place(made, siteFolder, hash);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/**
 * @param {string} what
 * @param {string} made
 * @param {string[]} flags
 * @param {string[]} entries
 */
async function bundle(what, made, flags, entries) {
  const inputs = entries.map((entry) => inRoot("www", entry));
  const missing = inputs.find((input) => !existsSync(input));
  if (missing) throw new StepFailed(`${missing} is missing.`, "restore it from git.");
  const folders = [`--outbase=${inRoot("www")}`, `--outdir=${made}`];
  await runStep({
    title: `Bundling the pages' ${what}`,
    label: "esbuild",
    takes: "1 s",
    command: [npmBinary("esbuild"), ...inputs, ...BUNDLED, ...flags, ...folders, "--external:*.svg"],
    next: "correct what is reported above, and run the same again.",
  });
}

/** @param {string} made */
function copyRest(made) {
  for (const name of filesIn("www").filter((name) => COPIED.test(name))) {
    mkdirSync(dirname(join(made, name)), { recursive: true });
    cpSync(inRoot("www", name), join(made, name));
  }
}

/**
 * The files below a folder of this project, as paths relative to it.
 *
 * @param {string} folder
 */
function filesIn(folder) {
  return readdirSync(inRoot(folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(inRoot(folder).length + 1));
}
