// Which browsers the tests of the client drive, and through what.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { makeFolder } from "../support/folder.mjs";
import { ROOT } from "./npm_start.mjs";

const PROGRAM = `
  import * as drivers from "./scripts/tools/webdriver.mjs";
  import { report } from "./scripts/support/step.mjs";
  try { console.log(JSON.stringify(await drivers[process.argv[1]]())); } catch (error) { report(error); }
`;

/**
 * Looks for a driver in a process of its own; what it has printed.
 *
 * @param {string} name
 * @param {{ CHROMEDRIVER_PATH: string; } | { FIREFOX_PATH: string; }} [env]
 */
async function ensure(name, env) {
  const options = { cwd: ROOT, env: { ...process.env, ...env } };
  const command = ["--input-type=module", "-e", PROGRAM, name];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command, options);
  return stdout + stderr;
}

/**
 * @param {test.TestContext} t
 * @param {string} prints
 */
function makeProgram(t, prints) {
  const file = join(makeFolder(t), "program");
  writeFileSync(file, `#!/bin/sh\necho '${prints}'\n`);
  chmodSync(file, 0o755);
  return file;
}

test("Chrome is driven by a chromedriver of its version, with the options that this machine needs", async () => {
  const { driver, capabilities } = JSON.parse((await ensure("ensureChromedriver")).trim().split("\n").at(-1) ?? "");
  assert.ok(existsSync(driver));
  assert.ok(existsSync(capabilities["goog:chromeOptions"].binary));
});

test("a chromedriver of another version is refused with a remedy", async (t) => {
  const CHROMEDRIVER_PATH = makeProgram(t, "ChromeDriver 1.2.3.4 (of long ago)");
  assert.match(
    await ensure("ensureChromedriver", { CHROMEDRIVER_PATH }),
    /no chromedriver for this Chrome[\s\S]*set CHROMEDRIVER_PATH/,
  );
});

test("a FIREFOX_PATH that is not Firefox is an error, and no other is used", async (t) => {
  for (const FIREFOX_PATH of ["/no/such/firefox", makeProgram(t, "Mozilla Thunderbird 1.0")]) {
    const output = await ensure("ensureFirefoxDriver", { FIREFOX_PATH });
    assert.ok(output.includes(`FIREFOX_PATH names ${FIREFOX_PATH}, which is no Firefox`), output);
    assert.match(output, /correct FIREFOX_PATH/);
  }
});
