// Tools that cargo builds, each once for this machine: they are kept in the cache, so that the next clone has them.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { cache, inRoot } from "../support/places.mjs";
import { runStep, StepFailed } from "../support/step.mjs";
import { REGISTRY_HINT } from "./toolchain.mjs";

const WASM_PACK = "0.15.1";
const GECKODRIVER = "0.37.1";

/** Makes sure of worker-build, in the version that Cargo.lock has of the crate `worker`. Its absolute path. */
export function ensureWorkerBuild() {
  return ensureCargoTool({
    crate: "worker-build",
    binary: "worker-build",
    version: lockedVersion("worker"),
    takes: "3 to 5 minutes",
    flags: ["--locked"],
  });
}

/**
 * Makes sure of wasm-bindgen, in the version that Cargo.lock has of the crate. Its absolute path; the runner of tests
 * stands beside it.
 */
export function ensureWasmBindgen() {
  return ensureCargoTool({
    crate: "wasm-bindgen-cli",
    binary: "wasm-bindgen",
    version: lockedVersion("wasm-bindgen"),
    takes: "3 to 7 minutes",
    // Without --locked: its lock file names a crate that some mirrors lack.
    flags: [],
  });
}

/** Makes sure of wasm-pack, which builds and tests the client. Its absolute path. */
export function ensureWasmPack() {
  return ensureCargoTool({
    crate: "wasm-pack",
    binary: "wasm-pack",
    version: WASM_PACK,
    takes: "2 to 4 minutes",
    flags: ["--locked"],
  });
}

/** Makes sure of geckodriver, through which tests drive Firefox. Its absolute path. */
export function ensureGeckodriver() {
  return ensureCargoTool({
    crate: "geckodriver",
    binary: "geckodriver",
    version: GECKODRIVER,
    takes: "2 to 4 minutes",
    flags: ["--locked"],
  });
}

function lockedVersion(crate) {
  const lock = readFileSync(inRoot("Cargo.lock"), "utf8");
  const found = new RegExp(`^name = "${crate}"\\nversion = "([^"]+)"`, "m").exec(lock);
  if (!found) throw new StepFailed(`Cargo.lock names no crate \`${crate}\`.`, "restore Cargo.lock from git.");
  return found[1];
}

async function ensureCargoTool({ crate, binary, version, takes, flags }) {
  const folder = join(cache, "tools", `${crate}-${version}`);
  const own = join(folder, "bin", binary);
  if (existsSync(own)) return own;
  const users = installedByUser(crate, binary, version);
  if (users) return users;
  await runStep({
    title: `Building ${crate} ${version}, once for this machine`,
    takes,
    command: ["cargo", "install", crate, "--version", version, "--root", folder, ...flags],
    next: REGISTRY_HINT,
  });
  return own;
}

// `cargo install --list` rather than `--version`: worker-build has no such option.
function installedByUser(crate, binary, version) {
  const { stdout } = spawnSync("cargo", ["install", "--list"], { cwd: inRoot(), encoding: "utf8" });
  if (!stdout?.includes(`${crate} v${version}:`)) return undefined;
  const path = join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "bin", binary);
  return existsSync(path) ? path : undefined;
}
