// Tools that cargo builds. Each is built once for a machine and kept in the cache, where the next clone finds it.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

import { cache, inRoot } from "../support/places.mjs";
import { runStep, StepFailed } from "../support/step.mjs";
import { ensureRust, REGISTRY_HINT } from "./toolchain.mjs";

const GECKODRIVER = "0.37.1";
// Without optimization the tools compile in less than half of the CPU time. They are then slower, but their work is
// small: wasm-bindgen takes 0.5 s instead of 0.2 s for our WebAssembly.
const QUICK_BUILD = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "0",
  CARGO_PROFILE_RELEASE_LTO: "false",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_DEBUG: "0",
};

/**
 * A tool that cargo builds.
 *
 * @typedef {object} CargoTool
 * @property {string} crate
 * @property {string} binary
 * @property {string} version
 * @property {string} takes how long its build usually takes
 * @property {string[]} flags for `cargo install`
 */

/** Makes sure of worker-build, in the version that Cargo.lock has of the crate `worker`. Returns its absolute path. */
export function ensureWorkerBuild() {
  return ensureCargoTool({
    crate: "worker-build",
    binary: "worker-build",
    version: lockedVersion("worker"),
    takes: "80 s",
    flags: ["--locked"],
  });
}

/** Makes sure of wasm-bindgen, in the version that Cargo.lock has of the crate. Returns its absolute path. */
export function ensureWasmBindgen() {
  return ensureCargoTool({
    crate: "wasm-bindgen-cli",
    binary: "wasm-bindgen",
    version: lockedVersion("wasm-bindgen"),
    takes: "50 s",
    // Without --locked: its lock file names a crate that some mirrors lack.
    flags: [],
  });
}

/** Makes sure of the program that runs tests compiled to WebAssembly. It is installed together with wasm-bindgen. */
export async function ensureWasmTestRunner() {
  return join(dirname(await ensureWasmBindgen()), "wasm-bindgen-test-runner");
}

/** Makes sure of geckodriver, through which tests drive Firefox. Returns its absolute path. */
export function ensureGeckodriver() {
  return ensureCargoTool({
    crate: "geckodriver",
    binary: "geckodriver",
    version: GECKODRIVER,
    takes: "1 to 2 minutes",
    flags: ["--locked"],
  });
}

/**
 * The version of a crate in Cargo.lock.
 *
 * @param {string} crate
 */
function lockedVersion(crate) {
  const lock = readFileSync(inRoot("Cargo.lock"), "utf8");
  const version = new RegExp(`^name = "${crate}"\\nversion = "([^"]+)"`, "m").exec(lock)?.[1];
  if (!version) throw new StepFailed(`Cargo.lock names no crate \`${crate}\`.`, "restore Cargo.lock from git.");
  return version;
}

/**
 * The tools that this process has looked for, by crate. Several builds may ask for the same tool at once.
 *
 * @type {Map<string, Promise<string>>}
 */
const tools = new Map();

/**
 * @param {CargoTool} tool
 * @returns {Promise<string>} the binary's absolute path
 */
function ensureCargoTool(tool) {
  const path = tools.get(tool.crate) ?? installCargoTool(tool);
  tools.set(tool.crate, path);
  return path;
}

/** @param {CargoTool} tool */
async function installCargoTool({ crate, binary, version, takes, flags }) {
  await ensureRust();
  const folder = join(cache, "tools", `${crate}-${version}`);
  const cached = join(folder, "bin", binary);
  if (existsSync(cached)) return cached;
  const installed = findInstalled(crate, binary, version);
  if (installed) return installed;
  await runStep({
    title: `Building ${crate} ${version}, once for this machine`,
    label: crate,
    takes,
    command: ["cargo", "install", crate, "--version", version, "--root", folder, ...flags],
    env: QUICK_BUILD,
    next: REGISTRY_HINT,
  });
  return cached;
}

/**
 * The binary, if the developer has installed this version. `cargo install --list` is read, as worker-build has no
 * option `--version`.
 *
 * @param {string} crate
 * @param {string} binary
 * @param {string} version
 */
function findInstalled(crate, binary, version) {
  const { stdout } = spawnSync("cargo", ["install", "--list"], { cwd: inRoot(), encoding: "utf8" });
  if (!stdout?.includes(`${crate} v${version}:`)) return undefined;
  const path = join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "bin", binary);
  return existsSync(path) ? path : undefined;
}
