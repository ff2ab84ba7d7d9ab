// The Firefox that the client is tested in: one that is installed, or Debian's.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

import { installWithApt } from "./apt.mjs";
import { onPath } from "../support/places.mjs";
import { StepFailed } from "../support/step.mjs";

const NAMES = ["firefox", "firefox-esr"];
const MAC_APP = "/Applications/Firefox.app/Contents/MacOS/firefox";
const ANSWERS_WITHIN_MS = 30_000;

/**
 * Makes sure of a Firefox.
 *
 * @returns {Promise<string>} its absolute path
 */
export async function ensureFirefox() {
  const requested = process.env.FIREFOX_PATH;
  if (requested) {
    if (isFirefox(requested)) return requested;
    throw new StepFailed(`FIREFOX_PATH names ${requested}, which is no Firefox.`, "correct FIREFOX_PATH, or unset it.");
  }
  const found = find() ?? (await install());
  if (found) return found;
  throw new StepFailed(
    "There is no Firefox for the tests of the client.",
    "install Firefox, or set FIREFOX_PATH to the one that you have.",
  );
}

const find = () => [...NAMES.map(onPath), MAC_APP].filter((path) => path !== undefined).find(isFirefox);

async function install() {
  const packages = ["firefox-esr"];
  return (await installWithApt({ title: "Installing Firefox", takes: "30 to 90 s", packages })) ? find() : undefined;
}

/**
 * Whether a program is Firefox. On some systems a command of that name only says how to install it.
 *
 * @param {string} program
 */
function isFirefox(program) {
  if (!existsSync(program)) return false;
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8", timeout: ANSWERS_WITHIN_MS });
  return status === 0 && /firefox/i.test(stdout);
}
