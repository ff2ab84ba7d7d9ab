// The Chrome behind the browser binding: which one it is, and how miniflare comes to start it.
//
// miniflare starts Chrome from its own cache and downloads one if there is none. We give it a cache of ours, in which a
// wrapper stands where it looks; the developer's own wrangler cache is left alone.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { installWithApt } from "./apt.mjs";
import { cache, onPath, temporary, userCache } from "../support/places.mjs";
import { StepFailed } from "../support/step.mjs";

const NAMES = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser"];
const MAC_APPS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
// These launchers are shell scripts that read configuration for tens of milliseconds before they start the real program.
const PROGRAM_BEHIND = {
  "/usr/bin/chromium": "/usr/lib/chromium/chromium",
  "/usr/bin/google-chrome": "/opt/google/chrome/chrome",
  "/usr/bin/google-chrome-stable": "/opt/google/chrome/chrome",
};
// No GPU, and nothing that talks to Google by itself: a session's traffic is the page's.
const FLAGS = [
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];
const TRY_WITHIN_MS = 30_000;
// miniflare's own marker for "this installation has started before": without it, a failed launch deletes the folder.
const PROVEN = ".miniflare-install-complete";

/**
 * Makes sure that there is a Chrome, and leads miniflare to it.
 *
 * @returns {Promise<string>} what to tell the developer about the Chrome in use
 */
export async function ensureChrome() {
  let wrapped = currentWrapper();
  if (!wrapped) {
    const chosen = firstThatStarts(candidates()) ?? (await installed());
    if (chosen) wrapped = writeWrapper(chosen);
  }
  return wrapped ?? "none found: miniflare downloads its own with the first session, about 150 MB";
}

/**
 * Points this process, and so miniflare in it, at the wrapper. To be called before miniflare is loaded.
 */
export function useChrome() {
  if (currentWrapper()) process.env.XDG_CACHE_HOME = home;
  // miniflare then starts its own Chrome, and only with CI set it adds the flag without which Chrome refuses root.
  else if (process.getuid() === 0) process.env.CI ??= "1";
}

/** A program that starts the Chrome in use with the flags that it needs here; undefined before `ensureChrome`. */
export const chromeWrapper = () => (currentWrapper() ? wrapperPaths()[0].executable : undefined);

const home = join(cache, "chrome-home");

const wrapperPaths = () => chromePaths(home);

// Where miniflare keeps Chrome: the version is of its choice and changes with it, so it is read and not written here.
function chromePaths(cacheHome) {
  const code = readFileSync(createRequire(import.meta.url).resolve("miniflare"), "utf8");
  const version = /BROWSER_VERSION = "([^"]+)"/.exec(code)?.[1];
  if (!version)
    throw new StepFailed("miniflare does not say any more which Chrome it wants.", "pin the wrangler of package.json.");
  const folders = join(cacheHome, ".wrangler", "chrome");
  const mac = ["Google Chrome for Testing.app", "Contents", "MacOS", "Google Chrome for Testing"];
  const paths = {
    "linux-x64": [[`linux-${version}`, "chrome-linux64", "chrome"]],
    // Before Chrome 153 the x64 folder's name stood for both; both are written.
    "linux-arm64": [
      [`linux_arm-${version}`, "chrome-linux64", "chrome"],
      [`linux_arm-${version}`, "chrome-linux-arm64", "chrome"],
    ],
    "darwin-x64": [[`mac-${version}`, "chrome-mac-x64", ...mac]],
    "darwin-arm64": [[`mac_arm-${version}`, "chrome-mac-arm64", ...mac]],
  }[`${process.platform}-${process.arch}`];
  return (paths ?? []).map((parts) => ({ executable: join(folders, ...parts), folder: join(folders, parts[0]) }));
}

// The wrapper's second line tells what it was made for, so that a later start sees at once whether it still holds.
function currentWrapper() {
  const [path] = wrapperPaths();
  if (!path || !existsSync(path.executable)) return undefined;
  const [, note] = readFileSync(path.executable, "utf8").split("\n");
  const { program, root, wish } = parseNote(note);
  const holds = existsSync(program ?? "") && root === isRoot() && wish === wanted();
  return holds ? program : undefined;
}

const isRoot = () => process.getuid() === 0;
const wanted = () => process.env.CHROME_PATH ?? "";

function parseNote(note = "") {
  try {
    return JSON.parse(note.replace(/^# /, ""));
  } catch {
    return {};
  }
}

function writeWrapper({ program, sandbox }) {
  const note = JSON.stringify({ program, root: isRoot(), wish: wanted() });
  const flags = [...FLAGS, ...(sandbox ? [] : ["--no-sandbox"])].join(" ");
  const script = `#!/bin/sh\n# ${note}\nexec '${program.replaceAll("'", "'\\''")}' ${flags} "$@"\n`;
  for (const { executable, folder } of wrapperPaths()) {
    mkdirSync(dirname(executable), { recursive: true });
    writeFileSync(executable, script);
    chmodSync(executable, 0o755);
    writeFileSync(join(folder, PROVEN), "");
  }
  return program;
}

function candidates() {
  if (wanted()) {
    if (!existsSync(wanted())) {
      throw new StepFailed(`CHROME_PATH names ${wanted()}, which is not there.`, "correct CHROME_PATH, or unset it.");
    }
    return [wanted()];
  }
  const found = NAMES.map(onPath)
    .filter(Boolean)
    .map((path) => behind(path));
  const apps = process.platform === "darwin" ? MAC_APPS : [];
  const downloaded = chromePaths(userCache).map(({ executable }) => executable);
  return [...found, ...apps, ...downloaded].filter((path) => existsSync(path));
}

const behind = (path) => (existsSync(PROGRAM_BEHIND[path] ?? "") ? PROGRAM_BEHIND[path] : path);

function firstThatStarts(paths) {
  for (const program of new Set(paths)) {
    if (!isRoot() && starts(program, [])) return { program, sandbox: true };
    if (starts(program, ["--no-sandbox"])) return { program, sandbox: false };
    console.log(`  ${program} does not start a page; looking further.`);
  }
  if (wanted())
    throw new StepFailed(`${wanted()} does not start a page.`, "set CHROME_PATH to a Chrome that does, or unset it.");
  return undefined;
}

// A launcher that only tells to install something, or a Chrome without its libraries, is found out here and not later.
function starts(program, flags) {
  const profile = mkdtempSync(join(temporary, "tidewatch-chrome-"));
  const args = [
    "--headless=new",
    ...FLAGS,
    ...flags,
    `--user-data-dir=${profile}`,
    "--dump-dom",
    "data:text/html,tide",
  ];
  const { status, stdout } = spawnSync(program, args, {
    encoding: "utf8",
    timeout: TRY_WITHIN_MS,
    killSignal: "SIGKILL",
  });
  rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  return status === 0 && stdout.includes("tide");
}

async function installed() {
  const packages = ["chromium"];
  const done = await installWithApt({ title: "Installing Chromium", takes: "30 to 90 s", packages });
  return done ? firstThatStarts(candidates()) : undefined;
}
