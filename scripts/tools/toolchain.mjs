// What every build needs besides this repository: the npm packages and the Rust toolchain. Each `ensure…` function
// looks first, and installs only what is missing.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { inRoot, npmBinary } from "../support/places.mjs";
import { runStep, StepFailed } from "../support/step.mjs";

const TARGET = "wasm32-unknown-unknown";
/** What to do if a registry does not answer. */
export const REGISTRY_HINT =
  "read the lines above; without a network nothing can be installed. Then run the same again.";

/** @type {Promise<void> | undefined} */
let packages;
/** @type {Promise<void> | undefined} */
let rust;

/** Installs the npm packages of package-lock.json, unless they are installed. Looks once in a process. */
export const ensurePackages = () => (packages ??= installPackages());

/**
 * Installs the toolchain of rust-toolchain.toml with its components and the WebAssembly target, if something is
 * missing. Looks once in a process.
 */
export const ensureRust = () => (rust ??= installRust());

async function installPackages() {
  if (packagesAreInstalled()) return;
  await runStep({
    title: "Installing the npm packages",
    label: "npm ci",
    takes: "20 to 60 s",
    command: ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
    next: REGISTRY_HINT,
  });
  if (!existsSync(modernNode())) {
    throw new StepFailed(
      "npm did not install Node 24. Its configuration seems to forbid install scripts.",
      "run `npm rebuild node --ignore-scripts=false`, or use a Node of 22.12 or later.",
    );
  }
}

// npm's own record of what it installed is compared with the lock file. File times mean nothing after a checkout.
function packagesAreInstalled() {
  const installed = inRoot("node_modules", ".package-lock.json");
  if (!existsSync(installed) || !existsSync(modernNode())) return false;
  const wanted = readLockedPackages(inRoot("package-lock.json"));
  const present = readLockedPackages(installed);
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === "" || present[path]?.version === version || (optional && !present[path]),
  );
}

/**
 * @param {string} file a lock file of npm
 * @returns {Record<string, {version?: string, optional?: boolean}>} by path
 */
function readLockedPackages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

async function installRust() {
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
    label: "rustup",
    takes: "30 to 90 s",
    command: [
      "rustup",
      "toolchain",
      "install",
      channel,
      "--profile",
      "minimal",
      "--component",
      components.join(","),
      "--target",
      TARGET,
      "--no-self-update",
    ],
    next: REGISTRY_HINT,
  });
}

function pinnedRust() {
  const text = readFileSync(inRoot("rust-toolchain.toml"), "utf8");
  const channel = /^channel\s*=\s*"([^"]+)"/m.exec(text)?.[1];
  if (!channel) throw new StepFailed("rust-toolchain.toml names no channel.", "restore it from git.");
  const components = /^components\s*=\s*\[([^\]]*)\]/m.exec(text)?.[1] ?? "";
  return { channel, components: [...components.matchAll(/"([^"]+)"/g)].map(([, name]) => name) };
}

function rustIsComplete() {
  // Without this variable, rustup may install the toolchain here, silently and for a minute.
  const env = { ...process.env, RUSTUP_AUTO_INSTALL: "0" };
  const { status, stdout } = spawnSync("rustc", ["--print", "sysroot"], { cwd: inRoot(), env, encoding: "utf8" });
  if (status !== 0) return false;
  const sysroot = stdout.trim();
  const needed = [
    ["lib", "rustlib", TARGET],
    ["bin", "cargo-clippy"],
    ["bin", "rustfmt"],
  ];
  return needed.every((parts) => existsSync(join(sysroot, ...parts)));
}

/**
 * The path of a Node that miniflare and wrangler accept: this one if it is new enough, else the one that npm installed.
 */
export function modernNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > 22 || (major === 22 && minor >= 12);
  return enough ? process.execPath : npmBinary("node");
}
