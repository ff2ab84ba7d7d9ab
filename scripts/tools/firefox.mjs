// The Firefox that the client is tested in: the user's own, or Debian's.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

import { installWithApt } from "./apt.mjs";
import { onPath } from "../support/places.mjs";
import { StepFailed } from "../support/step.mjs";

const NAMES = ["firefox", "firefox-esr"];
const MAC_APP = "/Applications/Firefox.app/Contents/MacOS/firefox";
const ANSWERS_WITHIN_MS = 30_000;

/**
 * Makes sure that there is a Firefox.
 *
 * @returns {Promise<string>} its absolute path
 */
export async function ensureFirefox() {
  const wish = process.env.FIREFOX_PATH;
  if (wish) {
    if (answers(wish)) return wish;
    throw new StepFailed(`FIREFOX_PATH names ${wish}, which is no Firefox.`, "correct FIREFOX_PATH, or unset it.");
  }
  const packages = ["firefox-esr"];
  const found =
    find() ?? ((await installWithApt({ title: "Installing Firefox", takes: "30 to 90 s", packages })) && find());
  if (found) return found;
  throw new StepFailed(
    "There is no Firefox for the tests of the client.",
    "install Firefox, or set FIREFOX_PATH to the one that you have.",
  );
}

const find = () => [...NAMES.map(onPath), MAC_APP].filter(Boolean).find(answers);

// Some systems have a command of that name that only tells to install the program.
function answers(program) {
  if (!existsSync(program)) return false;
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8", timeout: ANSWERS_WITHIN_MS });
  return status === 0 && /firefox/i.test(stdout);
}
