// `npm run build`: the Worker, from src/ to build/, and the site that it serves. Does nothing if what they are made from has
// not changed.

import { existsSync, readdirSync } from "node:fs";

import { ensureWasmBindgen, ensureWorkerBuild } from "../tools/cargo_tools.mjs";
import { inRoot, isCommand, npmBinary } from "../support/places.mjs";
import { buildSite } from "./site.mjs";
import { hashOf, isMadeFrom, place } from "./stamp.mjs";
import { report, runStep } from "../support/step.mjs";
import { ensurePackages, ensureRust } from "../tools/toolchain.mjs";

// Wide moves: a struct is copied in a fourth of the instructions. Only for the Worker, whose runtime is known to have them.
const WIDE_MOVES = "-Ctarget-feature=+simd128";
const SOURCES = [
  "src",
  "Cargo.toml",
  "Cargo.lock",
  "rust-toolchain.toml",
  "scripts/build/build.mjs",
  "scripts/build/lean_wasm.mjs",
];

/** Builds the Worker and its site, as far as they are not what the sources would give. */
export async function build(options) {
  await buildWorker(options);
  await buildSite(options);
}

async function buildWorker({ force = false } = {}) {
  const hash = hashOf(SOURCES);
  if (!force && isMadeFrom(inRoot("build"), hash)) return;
  await ensurePackages();
  await ensureRust();
  const workerBuild = await ensureWorkerBuild();
  const wasmBindgen = await ensureWasmBindgen();
  const made = `target/worker-${process.pid}`;
  await runStep({
    title: "Building the Worker",
    takes: existsSync(inRoot("target", "wasm32-unknown-unknown")) ? "20 to 60 s" : "2 to 4 minutes",
    command: [workerBuild, "--release", "--out-dir", made, "--features", "worker"],
    env: {
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: WIDE_MOVES,
      WASM_BINDGEN_BIN: wasmBindgen,
      WASM_OPT_BIN: npmBinary("wasm-opt"),
      ESBUILD_BIN: npmBinary("esbuild"),
    },
    next: "mend what the compiler says above, and run the same again.",
  });
  await lean(made);
  place(inRoot(made), inRoot("build"), hash);
}

async function lean(folder) {
  // Here and not above: a fresh clone has no packages yet.
  const { leanWasm } = await import("./lean_wasm.mjs");
  for (const name of readdirSync(inRoot(folder)).filter((file) => file.endsWith(".wasm")))
    leanWasm(inRoot(folder, name));
}

if (isCommand(import.meta.url)) {
  build({ force: process.argv.includes("--force") }).catch((error) => {
    report(error);
    process.exitCode = 1;
  });
}
