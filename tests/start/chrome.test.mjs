// Which Chrome is used, and how it is put where miniflare looks for one.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { makeFolder } from "../support/folder.mjs";
import { ROOT } from "./npm_start.mjs";

const PROGRAM = `
  import { ensureChrome } from "./scripts/tools/chrome.mjs";
  import { report } from "./scripts/support/step.mjs";
  try { console.log("uses", await ensureChrome()); } catch (error) { report(error); process.exitCode = 1; }
`;

/**
 * Looks for a Chrome in a process of its own, with a cache of its own.
 *
 * @param {string} cacheHome
 * @param {{}} [env]
 */
async function ensureChrome(cacheHome, env = {}) {
  const options = { cwd: ROOT, env: { ...process.env, XDG_CACHE_HOME: cacheHome, ...env } };
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", PROGRAM], options);
  return run.then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }) => stdout + stderr,
  );
}

/** @param {string} folder */
const wrappersIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name), "utf8").startsWith("#!/bin/sh"),
    )
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));

test("a wrapper starts the Chrome that was found, and miniflare does not remove it after a failed launch", async (t) => {
  const cacheHome = makeFolder(t);
  const [, program] = /^uses (\/.*)$/m.exec(await ensureChrome(cacheHome)) ?? [];
  const [wrapper] = wrappersIn(cacheHome);
  assert.match(wrapper, new RegExp(`^exec '${program}' --disable-gpu .* "\\$@"$`, "m"));
  if (process.getuid?.() === 0) assert.match(wrapper, /--no-sandbox/, "Chrome refuses root without it");
  const files = readdirSync(cacheHome, { recursive: true, encoding: "utf8" });
  assert.ok(files.some((name) => name.endsWith(".miniflare-install-complete")));
});

test("a CHROME_PATH that does not exist is an error with a remedy", async (t) => {
  const output = await ensureChrome(makeFolder(t), { CHROME_PATH: "/no/such/chrome" });
  assert.match(output, /CHROME_PATH names \/no\/such\/chrome, which is not there[\s\S]*correct CHROME_PATH/);
});

test("a CHROME_PATH that opens no page is an error, and no other Chrome is used", async (t) => {
  const cacheHome = makeFolder(t);
  const output = await ensureChrome(cacheHome, { CHROME_PATH: "/bin/true" });
  assert.match(output, /\/bin\/true does not start a page/);
  assert.deepEqual(wrappersIn(cacheHome), []);
});

test("a changed CHROME_PATH makes a new wrapper", async (t) => {
  const cacheHome = makeFolder(t);
  const [, found] = /^uses (\/.*)$/m.exec(await ensureChrome(cacheHome)) ?? [];
  await ensureChrome(cacheHome, { CHROME_PATH: found });
  assert.match(wrappersIn(cacheHome)[0], new RegExp(`"requested":"${found}"`));
});
