// `npm run build`: builds the Worker, from src/ to build/, and the site that it serves. Does nothing if their sources have
// not changed.

import { existsSync } from "node:fs";

import { inRoot, isCommand, npmBinary } from "../support/places.mjs";
import { report, runStep } from "../support/step.mjs";
import { ensureWasmBindgen, ensureWorkerBuild } from "../tools/cargo_tools.mjs";
import { ensurePackages, ensureRust } from "../tools/toolchain.mjs";
import { buildSite, isSiteBuilt } from "./site.mjs";
import { hashOf, isMadeFrom, place } from "./stamp.mjs";

// With SIMD the compiler copies a struct in a quarter of the instructions. Only for the Worker: its runtime has SIMD.
const SIMD = "-Ctarget-feature=+simd128";
const SOURCES = ["src", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "scripts/build/build.mjs"];

/**
 * Builds the Worker and its site, each if its sources have changed. The two compile at the same time: each has a cargo
 * profile of its own, and near their ends both compilers need only one core.
 *
 * @param {{force?: boolean}} [options] `force`: build them in any case
 */
export async function build({ force = false } = {}) {
  const hash = hashOf(SOURCES);
  const isWorkerBuilt = !force && isMadeFrom(inRoot("build"), hash);
  if (isWorkerBuilt && isSiteBuilt()) return;
  await ensurePackages();
  await ensureRust();
  // Before the two begin, as both need it.
  await ensureWasmBindgen();
  await Promise.all([isWorkerBuilt ? undefined : buildWorker(hash), buildSite({ force })]);
}

/** @param {string} hash */
async function buildWorker(hash) {
  const made = `target/worker-${process.pid}`;
  await runStep({
    title: "Building the Worker",
    label: "Worker",
    takes: existsSync(inRoot("target", "wasm32-unknown-unknown", "release")) ? "20 to 60 s" : "1 to 2 minutes",
    command: [await ensureWorkerBuild(), "--release", "--out-dir", made, "--features", "worker"],
    env: {
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: SIMD,
      WASM_BINDGEN_BIN: await ensureWasmBindgen(),
      WASM_OPT_BIN: npmBinary("wasm-opt"),
      ESBUILD_BIN: npmBinary("esbuild"),
    },
    next: "correct what the compiler reports above, and run the same again.",
  });
  place(inRoot(made), inRoot("build"), hash);
}

if (isCommand(import.meta.url)) {
  try {
    await build({ force: process.argv.includes("--force") });
  } catch (error) {
    report(error);
    process.exit(1);
  }
}
