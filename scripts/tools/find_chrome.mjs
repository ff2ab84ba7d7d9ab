// Finds a Chrome on this machine that starts a page, or installs Debian's Chromium.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

import { onPath, temporary } from "../support/places.mjs";
import { print } from "../support/progress.mjs";
import { StepFailed } from "../support/step.mjs";
import { installWithApt } from "./apt.mjs";

const NAMES = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser"];
const MAC_APPS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
/**
 * The programs behind launchers. These launchers are shell scripts that read their configuration for tens of
 * milliseconds before they start the program.
 *
 * @type {Readonly<Record<string, string>>}
 */
const PROGRAM_BEHIND = {
  "/usr/bin/chromium": "/usr/lib/chromium/chromium",
  "/usr/bin/google-chrome": "/opt/google/chrome/chrome",
  "/usr/bin/google-chrome-stable": "/opt/google/chrome/chrome",
};
/** No GPU, and no calls to Google by the browser itself: a session's traffic is the traffic of its pages. */
export const FLAGS = [
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];
const START_LIMIT_MS = 30_000;

/**
 * A Chrome that starts a page.
 *
 * @typedef {{program: string, sandbox: boolean}} StartedChrome
 */

/** Whether this process runs as root, which Chrome refuses without `--no-sandbox`. */
export const isRoot = () => process.getuid?.() === 0;

/** The Chrome that the developer requests; empty without one. */
export const requestedChrome = () => process.env.CHROME_PATH ?? "";

/**
 * Finds a Chrome that starts a page. Without one, installs Debian's Chromium where that is possible.
 *
 * @param {string[]} downloaded further places to look at
 * @returns {Promise<StartedChrome | undefined>}
 */
export async function findOrInstallChrome(downloaded) {
  return firstThatStarts(candidates(downloaded)) ?? (await install(downloaded));
}

/** @param {string[]} downloaded */
async function install(downloaded) {
  const packages = ["chromium"];
  const done = await installWithApt({ title: "Installing Chromium", takes: "30 to 90 s", packages });
  return done ? firstThatStarts(candidates(downloaded)) : undefined;
}

/** @param {string[]} downloaded */
function candidates(downloaded) {
  const requested = requestedChrome();
  if (requested) {
    if (existsSync(requested)) return [requested];
    throw new StepFailed(`CHROME_PATH names ${requested}, which is not there.`, "correct CHROME_PATH, or unset it.");
  }
  const onThePath = NAMES.map(onPath)
    .filter((path) => path !== undefined)
    .map(programBehind);
  const apps = process.platform === "darwin" ? MAC_APPS : [];
  return [...onThePath, ...apps, ...downloaded].filter((path) => existsSync(path));
}

/** @param {string} launcher */
function programBehind(launcher) {
  const program = PROGRAM_BEHIND[launcher];
  return program && existsSync(program) ? program : launcher;
}

/**
 * @param {string[]} programs
 * @returns {StartedChrome | undefined}
 */
function firstThatStarts(programs) {
  for (const program of new Set(programs)) {
    if (!isRoot() && startsPage(program, [])) return { program, sandbox: true };
    if (startsPage(program, ["--no-sandbox"])) return { program, sandbox: false };
    print(`  ${program} does not start a page; trying the next one.`);
  }
  const requested = requestedChrome();
  if (requested)
    throw new StepFailed(`${requested} does not start a page.`, "set CHROME_PATH to a Chrome that does, or unset it.");
  return undefined;
}

/**
 * Whether a program shows a page. Excludes launchers that only print how to install Chrome, and a Chrome whose
 * libraries are missing.
 *
 * @param {string} program
 * @param {string[]} flags
 */
function startsPage(program, flags) {
  const profile = mkdtempSync(join(temporary, "tidewatch-chrome-"));
  const page = "data:text/html,tide";
  const args = ["--headless=new", ...FLAGS, ...flags, `--user-data-dir=${profile}`, "--dump-dom", page];
  const { status, stdout } = spawnSync(program, args, {
    encoding: "utf8",
    timeout: START_LIMIT_MS,
    killSignal: "SIGKILL",
  });
  rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  return status === 0 && stdout.includes("tide");
}
