// The client as WebAssembly with its JavaScript, for one kind of host. Both the npm package and the pages take it from
// here. Does nothing if its sources have not changed.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { inRoot, npmBinary } from "../support/places.mjs";
import { runStep } from "../support/step.mjs";
import { ensureWasmBindgen } from "../tools/cargo_tools.mjs";
import { ensurePackages, ensureRust } from "../tools/toolchain.mjs";
import { hashOf, isMadeFrom, place } from "./stamp.mjs";
import { WASM_FEATURES } from "./wasm_features.mjs";

/**
 * @typedef {"web" | "bundler" | "nodejs"} Host a kind of host, by the name that wasm-bindgen and the package give it
 */

/** What the client is made from. Its floor imports from no others. */
export const CLIENT_SOURCES = [
  "src/client",
  "src/wire",
  "src/session",
  "src/lib.rs",
  "Cargo.toml",
  "Cargo.lock",
  "rust-toolchain.toml",
  "scripts/build/client_wasm.mjs",
  "scripts/build/wasm_features.mjs",
];

const TARGET = "wasm32-unknown-unknown";
const READ_ABOVE = "correct what the compiler reports above, and run the same again.";

/**
 * Builds the client for a kind of host, if its sources have changed.
 *
 * @param {Host} host
 * @returns {Promise<string>} the folder of `tidewatch.js`, `tidewatch_bg.wasm` and their types
 */
export async function buildClientWasm(host) {
  const folder = inRoot("target", `client-${host}`);
  const hash = hashOf(CLIENT_SOURCES);
  if (isMadeFrom(folder, hash)) return folder;
  const [compiled] = await Promise.all([compile(), ensureWasmBindgen(), ensurePackages()]);
  const made = `${folder}-${process.pid}`;
  try {
    await bind(host, compiled, made);
    await shrink(host, join(made, "tidewatch_bg.wasm"));
    place(made, folder, hash);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return folder;
}

/** Compiles the client; cargo does nothing if that has been done for another host. Returns the file. */
async function compile() {
  await ensureRust();
  const compiled = join(process.env.CARGO_TARGET_DIR ?? inRoot("target"), TARGET, "client", "tidewatch.wasm");
  const profile = ["--profile", "client", "--target", TARGET, "--features", "client"];
  await runStep({
    title: "Compiling the client",
    label: "client",
    takes: existsSync(compiled) ? "1 to 30 s" : "1 to 2 minutes",
    command: ["cargo", "rustc", "--lib", "--crate-type", "cdylib", ...profile],
    next: READ_ABOVE,
  });
  return compiled;
}

/**
 * Makes the JavaScript through which a host calls the WebAssembly.
 *
 * @param {Host} host
 * @param {string} compiled
 * @param {string} folder
 */
async function bind(host, compiled, folder) {
  await runStep({
    title: `Binding the client to JavaScript (${host})`,
    label: `wasm-bindgen (${host})`,
    takes: "1 s",
    command: [await ensureWasmBindgen(), compiled, "--target", host, "--out-dir", folder, "--out-name", "tidewatch"],
    next: READ_ABOVE,
  });
}

/**
 * Optimizes a WebAssembly file for size.
 *
 * @param {Host} host
 * @param {string} wasm
 */
async function shrink(host, wasm) {
  const flags = [...WASM_FEATURES, "-Oz", "--converge", "--strip-debug", "--strip-producers"];
  await runStep({
    title: `Optimizing the client for size (${host})`,
    label: `wasm-opt (${host})`,
    takes: "5 s",
    command: [npmBinary("wasm-opt"), wasm, ...flags, "-o", wasm],
    next: READ_ABOVE,
  });
}
