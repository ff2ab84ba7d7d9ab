// `npm run build`: the Worker, from src/ to build/. Does nothing if what it is made from has not changed.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ensureWasmBindgen, ensureWorkerBuild } from "./cargo_tools.mjs";
import { inRoot, isCommand, npmBinary, root } from "./places.mjs";
import { report, runStep } from "./step.mjs";
import { ensurePackages, ensureRust } from "./toolchain.mjs";

const SOURCES = ["src", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "scripts/build.mjs"];
const STAMP = "made-from";
// What the builder enables, no more: workerd must be able to read the result.
const WASM_FEATURES = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
  "exception-handling",
].map((feature) => `--enable-${feature}`);

/** Builds the Worker if build/ is not what the sources would give. */
export async function build({ force = false } = {}) {
  const sources = hashSources();
  if (!force && readStamp() === sources) return;
  await ensurePackages();
  await ensureRust();
  const workerBuild = await ensureWorkerBuild();
  const wasmBindgen = await ensureWasmBindgen();
  // Made aside and then moved: a server that starts meanwhile sees the old build or the new one, never half of one.
  const made = `target/worker-${process.pid}`;
  await runStep({
    title: "Building the Worker",
    takes: existsSync(inRoot("target", "wasm32-unknown-unknown")) ? "20 to 60 s" : "2 to 4 minutes",
    command: [workerBuild, "--release", "--out-dir", made, "--features", "worker"],
    env: {
      WASM_BINDGEN_BIN: wasmBindgen,
      WASM_OPT_BIN: npmBinary("wasm-opt"),
      ESBUILD_BIN: npmBinary("esbuild"),
    },
    next: "mend what the compiler says above, and run the same again.",
  });
  await stripNames(made);
  writeFileSync(inRoot(made, STAMP), sources);
  swap(inRoot(made), inRoot("build"));
}

function swap(made, place) {
  const old = `${made}-old`;
  if (existsSync(place)) renameSync(place, old);
  renameSync(made, place);
  rmSync(old, { recursive: true, force: true });
}

// The builder keeps the names of functions: a fifth of the wasm, and of no use at the edge.
async function stripNames(folder) {
  for (const name of readdirSync(inRoot(folder)).filter((file) => file.endsWith(".wasm"))) {
    const wasm = inRoot(folder, name);
    await runStep({
      title: "Stripping the names of functions",
      takes: "2 s",
      command: [npmBinary("wasm-opt"), ...WASM_FEATURES, "--strip-debug", wasm, "-o", wasm],
      next: "remove node_modules and run the same again.",
    });
  }
}

function readStamp() {
  const stamp = inRoot("build", STAMP);
  return existsSync(stamp) ? readFileSync(stamp, "utf8") : undefined;
}

// Contents, not times: a checkout touches files without changing them.
function hashSources() {
  const hash = createHash("sha256");
  for (const path of SOURCES.flatMap(filesBelow)) {
    hash.update(`${path}\0`).update(readFileSync(inRoot(path))).update("\0");
  }
  return hash.digest("hex");
}

function filesBelow(path) {
  if (!path.startsWith("src")) return [path];
  const entries = readdirSync(join(root, path), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .sort();
}

if (isCommand(import.meta.url)) {
  build({ force: process.argv.includes("--force") }).catch((error) => {
    report(error);
    process.exitCode = 1;
  });
}
