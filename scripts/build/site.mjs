// What the Worker serves beside its calls: from www/ to site/. Does nothing if what it is made from has not changed.
//
// A page's modules are put together with what they import: libraries, and the client, whose WebAssembly lies beside them.

import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { ensureWasmBindgen } from "../tools/cargo_tools.mjs";
import { inRoot, npmBinary } from "../support/places.mjs";
import { hashOf, isMadeFrom, place } from "./stamp.mjs";
import { runStep, StepFailed } from "../support/step.mjs";
import { ensurePackages, ensureRust } from "../tools/toolchain.mjs";
import { WASM_FEATURES } from "./wasm_features.mjs";

/** The folder that the Worker serves. */
export const siteFolder = inRoot("site");

/** A page's module each, and what it loads later. They share no files: a page would learn of those only once its module has come. */
const MODULES = ["dashboard/main.js", "dashboard/plot.js", "replay/main.js", "view/main.js"];
/** Styles that a page names, each with what it imports. */
const STYLES = ["dashboard/main.css", "replay/main.css", "replay/shell.css", "replay/player.css", "view/view.css"];
/** Scripts that run by themselves: what is injected, or runs where a module can't be loaded. */
const SCRIPTS = ["recorder/main.js", "replay/shell.js", "replay/player.js"];
const COPIED = /\.(html|svg)$|^_headers$/;

// The client may import from no other floors.
const CLIENT = [
  "src/client",
  "src/wire",
  "src/session",
  "src/lib.rs",
  "Cargo.toml",
  "Cargo.lock",
  "rust-toolchain.toml",
];
const SOURCES = ["www", ...CLIENT, "package-lock.json", "scripts/build/site.mjs"];
const clientFolder = inRoot("target", "site-client");
// Names stay, for whoever reads a stack.
const BUNDLED = ["--bundle", "--target=es2022", "--minify-whitespace", "--minify-syntax", "--log-level=warning"];
const LATER = ["--external:./plot.js"];
const BROKEN = "mend what stands above, and run the same again.";

/** Builds the site if site/ is not what the sources would give. */
export async function buildSite({ force = false } = {}) {
  const hash = hashOf(SOURCES);
  if (!force && isMadeFrom(siteFolder, hash)) return;
  await ensurePackages();
  await buildClientForPages();
  const made = inRoot("target", `site-${process.pid}`);
  try {
    mkdirSync(made, { recursive: true });
    await bundle("modules", made, ["--format=esm", ...LATER], MODULES);
    await bundle("styles", made, [], STYLES);
    await bundle("scripts", made, ["--format=iife", "--minify-identifiers"], SCRIPTS);
    copyRest(made);
    place(made, siteFolder, hash);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

// Without wasm-pack, which `npm start` would have to build first: what it does for a page is these three commands.
async function buildClientForPages() {
  const hash = hashOf(CLIENT);
  if (isMadeFrom(clientFolder, hash)) return;
  await ensureRust();
  const wasmBindgen = await ensureWasmBindgen();
  const target = process.env.CARGO_TARGET_DIR ?? inRoot("target");
  const compiled = join(target, "wasm32-unknown-unknown", "client", "tidewatch.wasm");
  const made = inRoot("target", `site-client-${process.pid}`);
  const wasm = join(made, "tidewatch_bg.wasm");
  await runStep({
    title: "Building the pages' client",
    takes: existsSync(compiled) ? "20 to 40 s" : "1 to 2 minutes",
    command: [
      "cargo",
      "rustc",
      "--lib",
      "--crate-type",
      "cdylib",
      "--profile",
      "client",
      "--target",
      "wasm32-unknown-unknown",
      "--features",
      "client",
    ],
    next: BROKEN,
  });
  await runStep({
    title: "Binding it to JavaScript",
    takes: "1 s",
    command: [
      wasmBindgen,
      compiled,
      "--target",
      "web",
      "--no-typescript",
      "--out-dir",
      made,
      "--out-name",
      "tidewatch",
    ],
    next: BROKEN,
  });
  await runStep({
    title: "Making it small",
    takes: "5 s",
    command: [
      npmBinary("wasm-opt"),
      wasm,
      ...WASM_FEATURES,
      "-Oz",
      "--converge",
      "--strip-debug",
      "--strip-producers",
      "-o",
      wasm,
    ],
    next: BROKEN,
  });
  place(made, clientFolder, hash);
}

async function bundle(what, made, flags, entries) {
  const inputs = entries.map((entry) => inRoot("www", entry));
  const missing = inputs.find((input) => !existsSync(input));
  if (missing) throw new StepFailed(`${missing} is missing.`, "restore it from git.");
  await runStep({
    title: `Putting together ${what}`,
    takes: "1 s",
    command: [
      npmBinary("esbuild"),
      ...inputs,
      ...BUNDLED,
      ...flags,
      `--alias:tidewatch=${join(clientFolder, "tidewatch.js")}`,
      `--outbase=${inRoot("www")}`,
      `--outdir=${made}`,
      "--external:*.svg",
    ],
    next: BROKEN,
  });
}

function copyRest(made) {
  for (const name of filesIn("www").filter((name) => COPIED.test(name))) {
    mkdirSync(dirname(join(made, name)), { recursive: true });
    cpSync(inRoot("www", name), join(made, name));
  }
  cpSync(join(clientFolder, "tidewatch_bg.wasm"), join(made, "tidewatch_bg.wasm"));
}

function filesIn(folder) {
  return readdirSync(inRoot(folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(inRoot(folder).length + 1));
}
