// The tests of the client that run as WebAssembly, in each kind of host: steps of the suite.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

import { ensureWasmPack } from "./cargo_tools.mjs";
import { wasmPackEnv } from "./client.mjs";
import { runCommand } from "./command.mjs";
import { inRoot, temporary } from "./places.mjs";
import { modernNode } from "./toolchain.mjs";
import { cargoTotals } from "./totals.mjs";
import { ensureChromedriver, ensureFirefoxDriver } from "./webdriver.mjs";

// A crate that says nothing of its host, so that each of its tests runs in all.
const CRATE = inRoot("tests", "client");
const LIMIT_MS = 30 * 60_000;

/** One step for each host. */
export function wasmTests() {
  return [
    { part: "client", name: "client in Chrome", run: () => runInBrowser("chrome", ensureChromedriver) },
    { part: "client", name: "client in Firefox", run: () => runInBrowser("firefox", ensureFirefoxDriver) },
    { part: "client", name: "client in Node", run: runInNode },
  ];
}

async function runInBrowser(browser, ensureDriver) {
  const { driver, capabilities } = await ensureDriver();
  const option = { chrome: "--chromedriver", firefox: "--geckodriver" }[browser];
  const folder = mkdtempSync(join(temporary, "tidewatch-webdriver-"));
  try {
    const file = join(folder, "webdriver.json");
    writeFileSync(file, JSON.stringify(capabilities));
    const env = { WASM_BINDGEN_USE_BROWSER: "1", WASM_BINDGEN_TEST_WEBDRIVER_JSON: file };
    return await runWasmPack(["--headless", `--${browser}`, option, driver], env);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runInNode() {
  // The runner takes the first `node` that it finds.
  return runWasmPack(["--node"], {}, [dirname(modernNode())]);
}

async function runWasmPack(host, env, path = []) {
  const { PATH } = await wasmPackEnv();
  const wasmPack = await ensureWasmPack();
  const command = [wasmPack, "test", ...host, "--mode", "no-install", CRATE];
  const ended = await runCommand(command, {
    env: { ...env, PATH: [...path, PATH].join(delimiter) },
    limitMs: LIMIT_MS,
  });
  return { ...ended, ...cargoTotals(ended) };
}
