// The client's tests that run as WebAssembly in browsers and in Node: steps of the suite.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

import { runCommand } from "../support/command.mjs";
import { inRoot, temporary } from "../support/places.mjs";
import { kill, listProcesses } from "../support/processes.mjs";
import { ensureWasmTestRunner } from "../tools/cargo_tools.mjs";
import { modernNode } from "../tools/toolchain.mjs";
import { ensureChromedriver, ensureFirefoxDriver } from "../tools/webdriver.mjs";
import { cargoTotals } from "./totals.mjs";

/** @typedef {import("./suite.mjs").Step} Step */
/** @typedef {import("./suite.mjs").Outcome} Outcome */

// A crate that does not name its host, so each of its tests runs in all hosts.
const MANIFEST = inRoot("tests", "client", "Cargo.toml");
const TARGET = "wasm32-unknown-unknown";
const BUILD_LIMIT_MS = 30 * 60_000;
// The tests themselves take a second. The rest is the start of a browser under load.
const RUN_LIMIT_MS = 3 * 60_000;
const TESTS_LIMIT_S = 60;
// By these variables the test runner finds the driver of a browser.
const DRIVERS = /** @type {const} */ ({
  Chrome: { variable: "CHROMEDRIVER", ensure: ensureChromedriver },
  Firefox: { variable: "GECKODRIVER", ensure: ensureFirefoxDriver },
});

/**
 * One step for each host.
 *
 * @returns {Step[]}
 */
export function wasmTests() {
  return [
    { part: "client", name: "client in Chrome", lane: "alone", run: () => runInBrowser("Chrome") },
    { part: "client", name: "client in Firefox", lane: "alone", run: () => runInBrowser("Firefox") },
    { part: "client", name: "client in Node", lane: "alone", run: runInNode },
  ];
}

/** @param {keyof typeof DRIVERS} browser */
async function runInBrowser(browser) {
  const { variable, ensure } = DRIVERS[browser];
  const { driver, capabilities } = await ensure();
  // The driver makes the browser's profile below this folder. So the folder's path names the browsers of this run.
  const folder = mkdtempSync(join(temporary, "tidewatch-webdriver-"));
  const end = () => endBrowsers(folder);
  process.once("exit", end);
  try {
    const file = join(folder, "webdriver.json");
    writeFileSync(file, JSON.stringify(capabilities));
    return await runTests(browser, {
      WASM_BINDGEN_TEST_ONLY_WEB: "1",
      WASM_BINDGEN_USE_BROWSER: "1",
      WASM_BINDGEN_TEST_WEBDRIVER_JSON: file,
      TMPDIR: folder,
      [variable]: driver,
    });
  } finally {
    process.off("exit", end);
    end();
  }
}

/**
 * Kills the browsers of a run. A killed driver leaves its browser running, as Chrome leads a process group of its own.
 *
 * @param {string} folder
 */
function endBrowsers(folder) {
  const ours = listProcesses().filter(({ command }) => command.includes(`${folder}/`));
  for (const { pid, group } of ours) kill(pid === group ? -pid : pid);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function runInNode() {
  // The test runner takes the first `node` on the PATH.
  const PATH = [dirname(modernNode()), process.env.PATH].join(delimiter);
  return runTests("Node", { WASM_BINDGEN_TEST_ONLY_NODE: "1", PATH });
}

/**
 * Builds the tests and runs them. The build is a command of its own, so that the limit of the run can be short.
 *
 * @param {string} host
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Outcome>}
 */
async function runTests(host, env) {
  const runner = await ensureWasmTestRunner();
  const flags = ["--target", TARGET, "--manifest-path", MANIFEST];
  const label = `client in ${host}`;
  const built = await runCommand(["cargo", "test", "--no-run", ...flags], { label, limitMs: BUILD_LIMIT_MS });
  if (built.code !== 0) return { ...built, ...cargoTotals(built) };
  const ended = await runCommand(["cargo", "test", ...flags], {
    env: {
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: runner,
      WASM_BINDGEN_TEST_TIMEOUT: String(TESTS_LIMIT_S),
      ...env,
    },
    label,
    limitMs: RUN_LIMIT_MS,
  });
  return { ...ended, ...cargoTotals(ended), seconds: built.seconds + ended.seconds };
}
