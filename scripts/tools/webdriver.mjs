// The browsers that tests drive over WebDriver: for each the driver, and how it starts its browser.

import { spawnSync } from "node:child_process";

import { installWithApt } from "./apt.mjs";
import { ensureGeckodriver } from "./cargo_tools.mjs";
import { chromeWrapper, ensureChrome } from "./chrome.mjs";
import { ensureFirefox } from "./firefox.mjs";
import { onPath } from "../support/places.mjs";
import { StepFailed } from "../support/step.mjs";

// The test runner's server has four fixed threads, and each connection holds one while it is open. The server starts a
// fifth thread only if none is idle, and it counts a thread as idle until it wakes up with its work. So one of six
// connections can be left without a thread: its file never arrives, and the page waits for ever. Three connections at
// once are safe; each browser has a setting for it.
const CONNECTIONS = 3;
const FEW_IN_CHROME = `--enable-features=HappyEyeballsV3:max_stream_per_group/${CONNECTIONS}`;
const FEW_IN_FIREFOX = { "network.http.max-persistent-connections-per-server": CONNECTIONS };

/**
 * A WebDriver server and how it starts its browser.
 *
 * @typedef {object} Driver
 * @property {string} driver the path of its program
 * @property {object} capabilities what a new session asks for
 */

/**
 * Makes sure of Chrome and of a chromedriver of the same version. Other versions refuse to drive it.
 *
 * @returns {Promise<Driver>}
 */
export async function ensureChromedriver() {
  const chrome = await ensureChrome();
  const driver = findDriver(chrome) ?? (await installDriver(chrome));
  if (!driver) {
    throw new StepFailed(
      `There is no chromedriver for this Chrome, ${chrome}, version ${majorVersion(chrome) ?? "unknown"}.`,
      "set CHROMEDRIVER_PATH to the chromedriver of that version, or CHROME_PATH to a Chrome that has one on the PATH.",
    );
  }
  // The wrapper has the flags that Chrome needs on this machine.
  const options = { binary: chromeWrapper(), args: ["--headless=new", "--no-first-run", FEW_IN_CHROME] };
  return { driver, capabilities: { "goog:chromeOptions": options } };
}

/**
 * Makes sure of Firefox and of geckodriver.
 *
 * @returns {Promise<Driver>}
 */
export async function ensureFirefoxDriver() {
  const binary = await ensureFirefox();
  const driver = await ensureGeckodriver();
  return { driver, capabilities: { "moz:firefoxOptions": { binary, prefs: FEW_IN_FIREFOX } } };
}

const requested = () => process.env.CHROMEDRIVER_PATH;

/** @param {string} chrome */
function findDriver(chrome) {
  const version = majorVersion(chrome);
  const driver = requested() || onPath("chromedriver");
  return version && driver && majorVersion(driver) === version ? driver : undefined;
}

/** @param {string} chrome */
async function installDriver(chrome) {
  if (requested()) return undefined;
  const packages = ["chromium", "chromium-driver"];
  const done = await installWithApt({ title: "Installing the driver of Chromium", takes: "10 to 60 s", packages });
  return done ? findDriver(chrome) : undefined;
}

/**
 * The first number of a version: `Chromium 156.0.8078.79 built on …`, `Google Chrome 156.…`, `ChromeDriver 156.…`.
 *
 * @param {string} program
 */
function majorVersion(program) {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return /(\d+)\.\d+\.\d+/.exec(stdout ?? "")?.[1];
}
