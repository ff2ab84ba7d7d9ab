// The tests of the client that run as WebAssembly, in each kind of host: steps of the suite.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

import { ensureWasmPack } from "../tools/cargo_tools.mjs";
import { wasmPackEnv } from "../build/package.mjs";
import { runCommand } from "../support/command.mjs";
import { inRoot, temporary } from "../support/places.mjs";
import { kill, listProcesses } from "../support/processes.mjs";
import { modernNode } from "../tools/toolchain.mjs";
import { cargoTotals } from "./totals.mjs";
import { ensureChromedriver, ensureFirefoxDriver } from "../tools/webdriver.mjs";

// A crate that says nothing of its host, so that each of its tests runs in all.
const CRATE = inRoot("tests", "client");
const TARGET = "wasm32-unknown-unknown";
const BUILD_LIMIT_MS = 30 * 60_000;
// The tests themselves take a second; the rest is a browser's start, under load.
const RUN_LIMIT_MS = 3 * 60_000;
const TESTS_LIMIT_S = 60;

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
  // The drivers make the browser's profile in it, so its name tells the browsers of this run.
  const folder = mkdtempSync(join(temporary, "tidewatch-webdriver-"));
  const end = () => endBrowsers(folder);
  process.once("exit", end);
  try {
    const file = join(folder, "webdriver.json");
    writeFileSync(file, JSON.stringify(capabilities));
    const env = { WASM_BINDGEN_USE_BROWSER: "1", WASM_BINDGEN_TEST_WEBDRIVER_JSON: file, TMPDIR: folder };
    return await runWasmPack(["--headless", `--${browser}`, option, driver], env);
  } finally {
    process.off("exit", end);
    end();
  }
}

// A driver that is killed leaves its browser running: Chrome leads a process group of its own.
function endBrowsers(folder) {
  const ours = listProcesses().filter(({ command }) => command.includes(`${folder}/`));
  for (const { pid, group } of ours) kill(pid === group ? -pid : pid);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function runInNode() {
  // The runner takes the first `node` that it finds.
  return runWasmPack(["--node"], {}, [dirname(modernNode())]);
}

async function runWasmPack(host, env, path = []) {
  const { PATH } = await wasmPackEnv();
  const wasmPack = await ensureWasmPack();
  // As wasm-pack would build them; apart from it, so that the limit of the run is short.
  const manifest = join(CRATE, "Cargo.toml");
  const build = ["cargo", "build", "--tests", "--target", TARGET, "--manifest-path", manifest];
  const built = await runCommand(build, { limitMs: BUILD_LIMIT_MS });
  if (built.code !== 0) return { ...built, ...cargoTotals(built) };
  const ended = await runCommand([wasmPack, "test", ...host, "--mode", "no-install", CRATE], {
    env: { WASM_BINDGEN_TEST_TIMEOUT: String(TESTS_LIMIT_S), ...env, PATH: [...path, PATH].join(delimiter) },
    limitMs: RUN_LIMIT_MS,
  });
  return { ...ended, ...cargoTotals(ended), seconds: built.seconds + ended.seconds };
}
