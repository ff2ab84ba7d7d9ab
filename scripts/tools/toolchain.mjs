// What every build needs besides this repository: npm's packages, and Rust's toolchain. Each `ensure…` looks first and
// installs only what is missing.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { inRoot, npmBinary } from "../support/places.mjs";
import { runStep, StepFailed } from "../support/step.mjs";

const TARGET = "wasm32-unknown-unknown";
/** What to do about a registry that does not give what is asked of it. */
export const REGISTRY_HINT =
  "look at the lines above; without a network nothing can be installed. Then run the same again.";

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
  const needed = [
    ["lib", "rustlib", TARGET],
    ["bin", "cargo-clippy"],
    ["bin", "rustfmt"],
  ];
  return needed.every((parts) => existsSync(join(sysroot, ...parts)));
}

/** The Node that miniflare and wrangler need: this one if it is new enough, else the one that npm installed. */
export function modernNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const enough = major > 22 || (major === 22 && minor >= 12);
  return enough ? process.execPath : npmBinary("node");
}
