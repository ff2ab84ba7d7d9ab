// The Chrome behind the browser binding: which one it is, and how miniflare starts it.
//
// miniflare starts Chrome from its own cache folder and downloads one if there is none. We give it a cache folder of
// ours, with a wrapper script at the path where it looks. The developer's own cache folder of wrangler stays as it is.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { cache, userCache } from "../support/places.mjs";
import { StepFailed } from "../support/step.mjs";
import { FLAGS, findOrInstallChrome, isRoot, requestedChrome } from "./find_chrome.mjs";

/** @typedef {import("./find_chrome.mjs").StartedChrome} StartedChrome */

// With this marker miniflare knows that the installation has started before. Without it, a failed start makes it
// delete the folder.
const COMPLETE = ".miniflare-install-complete";
const MAC_APP = ["Google Chrome for Testing.app", "Contents", "MacOS", "Google Chrome for Testing"];

/**
 * Where miniflare looks for Chrome, by platform. The first part of each path is the folder of one installation.
 *
 * @type {Readonly<Record<string, (version: string) => string[][]>>}
 */
const PATHS = {
  "linux-x64": (version) => [[`linux-${version}`, "chrome-linux64", "chrome"]],
  // Before Chrome 153 both architectures used the folder name of x64. Both paths are written.
  "linux-arm64": (version) => [
    [`linux_arm-${version}`, "chrome-linux64", "chrome"],
    [`linux_arm-${version}`, "chrome-linux-arm64", "chrome"],
  ],
  "darwin-x64": (version) => [[`mac-${version}`, "chrome-mac-x64", ...MAC_APP]],
  "darwin-arm64": (version) => [[`mac_arm-${version}`, "chrome-mac-arm64", ...MAC_APP]],
};

const home = join(cache, "chrome-home");

/**
 * Makes sure of a Chrome, and of the wrapper through which miniflare starts it.
 *
 * @returns {Promise<string>} the path of the Chrome in use, or a sentence if miniflare will download one
 */
export async function ensureChrome() {
  const current = currentChrome();
  if (current) return current;
  const found = await findOrInstallChrome(installations(userCache).map(({ executable }) => executable));
  if (!found) return "none found: miniflare downloads its own with the first session, about 150 MB";
  writeWrapper(found);
  return found.program;
}

/** Makes miniflare in this process use the wrapper. Must be called before miniflare is loaded. */
export function useChrome() {
  if (currentChrome()) process.env.XDG_CACHE_HOME = home;
  // Without a wrapper miniflare starts its own Chrome. Only with CI set does it add the flag that Chrome needs as root.
  else if (isRoot()) process.env.CI ??= "1";
}

/** A program that starts the Chrome in use with the flags that it needs here; undefined before `ensureChrome`. */
export const chromeWrapper = () => (currentChrome() ? installations(home)[0]?.executable : undefined);

/**
 * Where miniflare looks for Chrome below a cache folder. miniflare chooses the version, and each release may change it,
 * so it is read from miniflare's code.
 *
 * @param {string} cacheHome
 */
function installations(cacheHome) {
  const code = readFileSync(createRequire(import.meta.url).resolve("miniflare"), "utf8");
  const version = /BROWSER_VERSION = "([^"]+)"/.exec(code)?.[1];
  if (!version)
    throw new StepFailed("miniflare no longer names its Chrome version.", "pin the wrangler of package.json.");
  const folder = join(cacheHome, ".wrangler", "chrome");
  const paths = PATHS[`${process.platform}-${process.arch}`]?.(version) ?? [];
  return paths.map((parts) => ({ executable: join(folder, ...parts), folder: join(folder, parts[0] ?? "") }));
}

/** The Chrome behind the wrapper, if the wrapper was written for this user and this CHROME_PATH. */
function currentChrome() {
  const wrapper = installations(home)[0]?.executable;
  if (!wrapper || !existsSync(wrapper)) return undefined;
  const { program, root, requested } = readNote(wrapper);
  const isCurrent =
    program !== undefined && existsSync(program) && root === isRoot() && requested === requestedChrome();
  return isCurrent ? program : undefined;
}

/**
 * The second line of a wrapper says what it was written for.
 *
 * @param {string} wrapper
 * @returns {{program?: string, root?: boolean, requested?: string}}
 */
function readNote(wrapper) {
  const [, note = ""] = readFileSync(wrapper, "utf8").split("\n");
  try {
    return JSON.parse(note.replace(/^# /, ""));
  } catch {
    return {};
  }
}

/** @param {StartedChrome} chrome */
function writeWrapper({ program, sandbox }) {
  const note = JSON.stringify({ program, root: isRoot(), requested: requestedChrome() });
  const flags = [...FLAGS, ...(sandbox ? [] : ["--no-sandbox"])].join(" ");
  const script = `#!/bin/sh\n# ${note}\nexec '${program.replaceAll("'", "'\\''")}' ${flags} "$@"\n`;
  for (const { executable, folder } of installations(home)) {
    mkdirSync(dirname(executable), { recursive: true });
    writeFileSync(executable, script);
    chmodSync(executable, 0o755);
    writeFileSync(join(folder, COMPLETE), "");
  }
}
