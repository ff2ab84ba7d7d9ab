// What the build needs besides this repository: Rust's toolchain, two cargo tools and npm's packages.
// Each `ensure…` looks first and installs only what is missing.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { cache, inRoot, npmBinary } from "./places.mjs";
import { runStep, StepFailed } from "./step.mjs";

const TARGET = "wasm32-unknown-unknown";
const REGISTRY_HINT = "look at the lines above; without a network nothing can be installed. Then run the same again.";

/** Installs the npm packages that package-lock.json names, if they are not there. */
export async function ensurePackages() {
  if (packagesAreInstalled()) return;
  await runStep({
    title: "Installing the npm packages",
    takes: "20 to 60 s",
    command: ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
    next: REGISTRY_HINT,
  });
  if (!existsSync(modernNode())) {
    throw new StepFailed(
      "npm did not install Node 24: it seems to have been told not to run install scripts.",
      "run `npm rebuild node --ignore-scripts=false`, or use a Node of 22.12 or later.",
    );
  }
}

// npm's own note of what it installed is held against the lock file: times of files mean nothing after a checkout.
function packagesAreInstalled() {
  const installed = inRoot("node_modules", ".package-lock.json");
  if (!existsSync(installed) || !existsSync(modernNode())) return false;
  const wanted = JSON.parse(readFileSync(inRoot("package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(installed, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === "" || present[path]?.version === version || (optional && !present[path]),
  );
}

/** Installs the toolchain of rust-toolchain.toml with its components and the WebAssembly target, if something is missing. */
export async function ensureRust() {
  if (rustIsComplete()) return;
  if (spawnSync("rustup", ["--version"]).error) {
    throw new StepFailed(
      "Rust's installer, rustup, is not on the PATH.",
      "install it as https://rustup.rs says, open a new terminal, and run the same again.",
    );
  }
  const { channel, components } = pinnedRust();
  await runStep({
    title: `Installing Rust ${channel} with the target ${TARGET}`,
    takes: "30 to 90 s",
    command: ["rustup", "toolchain", "install", channel, "--profile", "minimal",
      "--component", components.join(","), "--target", TARGET, "--no-self-update"],
    next: REGISTRY_HINT,
  });
}

function pinnedRust() {
  const text = readFileSync(inRoot("rust-toolchain.toml"), "utf8");
  const channel = /^channel\s*=\s*"([^"]+)"/m.exec(text)[1];
  const components = /^components\s*=\s*\[([^\]]*)\]/m.exec(text)?.[1] ?? "";
  return { channel, components: [...components.matchAll(/"([^"]+)"/g)].map(([, name]) => name) };
}

function rustIsComplete() {
  // Else a rustup that may install by itself would do so here, silently and for a minute.
  const env = { ...process.env, RUSTUP_AUTO_INSTALL: "0" };
  const { status, stdout } = spawnSync("rustc", ["--print", "sysroot"], { cwd: inRoot(), env, encoding: "utf8" });
  if (status !== 0) return false;
  const sysroot = stdout.trim();
  const needed = [["lib", "rustlib", TARGET], ["bin", "cargo-clippy"], ["bin", "rustfmt"]];
  return needed.every((parts) => existsSync(join(sysroot, ...parts)));
}

/**
 * Makes sure of worker-build and wasm-bindgen, in the versions that Cargo.lock has of the crates that they belong to.
 *
 * @returns {Promise<{workerBuild: string, wasmBindgen: string}>} absolute paths
 */
export async function ensureCargoTools() {
  const lock = readFileSync(inRoot("Cargo.lock"), "utf8");
  return {
    workerBuild: await ensureCargoTool({
      crate: "worker-build",
      binary: "worker-build",
      version: lockedVersion(lock, "worker"),
      takes: "3 to 5 minutes",
      flags: ["--locked"],
    }),
    // Without --locked: its lock file names a crate that some mirrors lack.
    wasmBindgen: await ensureCargoTool({
      crate: "wasm-bindgen-cli",
      binary: "wasm-bindgen",
      version: lockedVersion(lock, "wasm-bindgen"),
      takes: "3 to 7 minutes",
      flags: [],
    }),
  };
}

function lockedVersion(lock, crate) {
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

/** The Node that miniflare and wrangler need: this one if it is new enough, else the one that npm installed. */
export function modernNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const enough = major > 22 || (major === 22 && minor >= 12);
  return enough ? process.execPath : npmBinary("node");
}

/** Whether a command is on the PATH; its absolute path. */
export function onPath(name) {
  try {
    return execFileSync("sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}
