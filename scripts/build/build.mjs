// `npm run build`: builds the Worker, from src/ to build/, and the site that it serves. Does nothing if their sources
// have not changed.

import { existsSync } from "node:fs";

import { inRoot, isCommand, npmBinary } from "../support/places.mjs";
import { report, runStep } from "../support/step.mjs";
import { ensureWasmBindgen, ensureWorkerBuild } from "../tools/cargo_tools.mjs";
import { ensurePackages, ensureRust } from "../tools/toolchain.mjs";
import { buildSite, isSiteBuilt } from "./site.mjs";
import { hashOf, isMadeFrom, place } from "./stamp.mjs";

// With SIMD the compiler copies a struct in a quarter of the instructions. Only for the Worker: its runtime has SIMD.
const COMPILER = { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: "-Ctarget-feature=+simd128" };
const TARGET = "wasm32-unknown-unknown";
const SOURCES = ["src", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "scripts/build/build.mjs"];

/**
 * Builds the Worker and its site, each if its sources have changed. Installs what that needs and is missing. All of it
 * goes on at once: near its end each compiler needs only one core, and downloads need none. The Worker and the site's
 * client have a cargo profile each, so neither waits for the other.
 *
 * @param {{force?: boolean}} [options] `force`: build them in any case
 */
export async function build({ force = false } = {}) {
  const hash = hashOf(SOURCES);
  const isWorkerBuilt = !force && isMadeFrom(inRoot("build"), hash);
  if (isWorkerBuilt && isSiteBuilt()) return;
  await Promise.all([isWorkerBuilt ? undefined : buildWorker(hash), buildSite({ force })]);
}

/** @param {string} hash */
async function buildWorker(hash) {
  const [workerBuild, wasmBindgen] = await Promise.all([
    ensureWorkerBuild(),
    ensureWasmBindgen(),
    ensurePackages(),
    compileWorker(),
  ]);
  const made = `target/worker-${process.pid}`;
  await runStep({
    title: "Packing the Worker",
    label: "Worker",
    takes: "20 s",
    command: [workerBuild, "--release", "--out-dir", made, "--features", "worker"],
    env: {
      ...COMPILER,
      WASM_BINDGEN_BIN: wasmBindgen,
      WASM_OPT_BIN: npmBinary("wasm-opt"),
      ESBUILD_BIN: npmBinary("esbuild"),
    },
    next: "correct what the compiler reports above, and run the same again.",
  });
  place(inRoot(made), inRoot("build"), hash);
}

/** What worker-build does first. It needs no tools, so it is done while they are built. */
async function compileWorker() {
  await ensureRust();
  await runStep({
    title: "Compiling the Worker",
    label: "Worker",
    takes: existsSync(inRoot("target", TARGET, "release")) ? "1 to 60 s" : "1 to 2 minutes",
    command: ["cargo", "build", "--lib", "--release", "--target", TARGET, "--features", "worker"],
    env: COMPILER,
    next: "correct what the compiler reports above, and run the same again.",
  });
}

if (isCommand(import.meta.url)) {
  try {
    await build({ force: process.argv.includes("--force") });
  } catch (error) {
    report(error);
    process.exit(1);
  }
}
