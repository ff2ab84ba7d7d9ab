// Browsers that tests drive over WebDriver: for each a program that drives it, and how it starts its browser.

import { spawnSync } from "node:child_process";

import { installWithApt } from "./apt.mjs";
import { ensureGeckodriver } from "./cargo_tools.mjs";
import { chromeWrapper, ensureChrome } from "./chrome.mjs";
import { ensureFirefox } from "./firefox.mjs";
import { onPath } from "../support/places.mjs";
import { StepFailed } from "../support/step.mjs";

// The runner's server has four threads that are always there, and a connection holds one for as long as it lives. For a
// fifth it starts a thread only if none waits for work; but one that was just given work is counted as waiting until it
// wakes. So of six at once, one can be left without a thread while the others are kept open: its file never comes, and
// the page waits for it. Each browser is held to three by a setting of its own.
const CONNECTIONS = 3;
const FEW_IN_CHROME = `--enable-features=HappyEyeballsV3:max_stream_per_group/${CONNECTIONS}`;
const FEW_IN_FIREFOX = { "network.http.max-persistent-connections-per-server": CONNECTIONS };

/**
 * Makes sure of Chrome and of a chromedriver of the same version: another one refuses to drive it.
 *
 * @returns {Promise<{driver: string, capabilities: object}>} the driver's path, and what to ask it for
 */
export async function ensureChromedriver() {
  const chrome = await ensureChrome();
  const driver = findDriver(chrome) ?? (await installed(chrome));
  if (!driver) {
    throw new StepFailed(
      `There is no chromedriver for this Chrome, ${chrome}, which is of version ${majorVersion(chrome) ?? "unknown"}.`,
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
 * @returns {Promise<{driver: string, capabilities: object}>} the driver's path, and what to ask it for
 */
export async function ensureFirefoxDriver() {
  const binary = await ensureFirefox();
  const driver = await ensureGeckodriver();
  return { driver, capabilities: { "moz:firefoxOptions": { binary, prefs: FEW_IN_FIREFOX } } };
}

const wanted = () => process.env.CHROMEDRIVER_PATH;

function findDriver(chrome) {
  const version = majorVersion(chrome);
  const driver = wanted() || onPath("chromedriver");
  return version && driver && majorVersion(driver) === version ? driver : undefined;
}

async function installed(chrome) {
  if (wanted()) return undefined;
  const packages = ["chromium", "chromium-driver"];
  const done = await installWithApt({ title: "Installing the driver of Chromium", takes: "10 to 60 s", packages });
  return done ? findDriver(chrome) : undefined;
}

// `Chromium 156.0.8078.79 built on …`, `Google Chrome 156.…`, `ChromeDriver 156.…`
function majorVersion(program) {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return /(\d+)\.\d+\.\d+/.exec(stdout ?? "")?.[1];
}
