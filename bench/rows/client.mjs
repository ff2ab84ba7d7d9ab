// The client: its size, the time to its first request, the cost of decoding, and the memory that it keeps.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import puppeteer from "puppeteer-core";

import { chromeWrapper, ensureChrome } from "../../scripts/tools/chrome.mjs";
import { buildClient, TARGETS } from "../../scripts/build/package.mjs";
import { inRoot } from "../../scripts/support/places.mjs";
import { bundleSize } from "../../tests/package/bundle.mjs";
import { openFakeService } from "../../tests/support/fake_service.mjs";
import { serveFolder } from "../../tests/support/serve_folder.mjs";
import { median, spread } from "../measure.mjs";

const BUNDLE_BYTES_MAX = 60 * 1024;
const FIRST_REQUEST_MS_MAX = 30;
const LOADS = 31;
const LISTS = 1_000;
const LISTED = 100;
const DECODING_MAX = 2;
const SESSIONS = /** @type {const} */ ([1_000, 10_000]);
// The garbage collector's own noise. One field kept of each of 9,000 sessions would be more.
const HEAP_NOISE_BYTES = 256 * 1024;

/** @typedef {import("../measure.mjs").Row} Row */
/** @typedef {import("../measure.mjs").BenchOptions} BenchOptions */
/** @typedef {import("../../scripts/build/client_wasm.mjs").Host} Host */
/** @typedef {{heap: number, wasm: number}} Reading bytes in use */

/**
 * @param {BenchOptions} options
 * @returns {Promise<Row[]>}
 */
export async function measure({ report }) {
  const folder = await buildClient();
  const entry = pathToFileURL(join(folder, "nodejs.js")).href;
  report("import to first request");
  const first = await firstRequest(folder);
  report(`${LISTS} lists`);
  const lists = await decoding(entry);
  report(`${SESSIONS.at(-1)} creates and releases`);
  return [...TARGETS.map((target) => size(folder, target)), first, lists, ...memory(entry)];
}

/**
 * @param {string} folder
 * @param {Host} target
 * @returns {Row}
 */
function size(folder, target) {
  const { total } = bundleSize(folder, target);
  const kib = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(1)} KB`;
  return {
    what: `client for ${target}, WebAssembly and glue, gzipped`,
    measured: kib(total),
    bar: `${kib(BUNDLE_BYTES_MAX)} at most`,
    met: total <= BUNDLE_BYTES_MAX,
  };
}

/**
 * From the import of the client to its first request, in pages with an empty cache.
 *
 * @param {string} folder
 * @returns {Promise<Row>}
 */
async function firstRequest(folder) {
  const service = await openFakeService();
  const files = await serveFolder(folder);
  await ensureChrome();
  const browser = await puppeteer.launch({ executablePath: chromeWrapper() });
  try {
    const times = [];
    for (let i = 0; i < LOADS; i++) {
      const context = await browser.createBrowserContext();
      const page = await context.newPage();
      // Wait until the page is at rest: what Chrome does to make one is not the client's cost.
      await page.goto(`${files.url}/package.json`, { waitUntil: "networkidle0" });
      times.push(await page.evaluate(importAndAsk, `${files.url}/web/tidewatch.js`, service.url));
      await context.close();
    }
    const met = median(times) <= FIRST_REQUEST_MS_MAX;
    const measured = `${spread(times)} ms`;
    return {
      what: "import to first request in Chrome, local files",
      measured,
      bar: `${FIRST_REQUEST_MS_MAX} ms at most`,
      met,
    };
  } finally {
    await browser.close();
    await files.close();
    await service.close();
  }
}

/**
 * Runs in the page.
 *
 * @param {string} module
 * @param {string} baseUrl
 */
async function importAndAsk(module, baseUrl) {
  performance.mark("import");
  const { default: init, Tidewatch } = await import(module);
  await init();
  const send = globalThis.fetch;
  globalThis.fetch = (...request) => {
    performance.mark("request");
    return send(...request);
  };
  await new Tidewatch({ baseUrl, apiKey: "tw_key" }).sessions.list();
  return performance.measure("first request", "import", "request").duration;
}

/**
 * @param {string} entry
 * @returns {Promise<Row>}
 */
async function decoding(entry) {
  /** @type {{client: number[], plain: number[]}} */
  const rounds = runApart("lists.mjs", [entry, LISTS, LISTED]);
  const ratio = median(rounds.client.map((ms, round) => ms / (rounds.plain[round] ?? NaN)));
  const perCall = (/** @type {number[]} */ times) => `${((median(times) * times.length) / LISTS).toFixed(2)} ms`;
  return {
    what: `${LISTS} lists of ${LISTED} sessions in Node, decoded, over plain fetch and JSON.parse`,
    measured: `${ratio.toFixed(2)} (${perCall(rounds.client)} over ${perCall(rounds.plain)} a list)`,
    bar: `${DECODING_MAX} at most`,
    met: ratio <= DECODING_MAX,
  };
}

/**
 * @param {string} entry
 * @returns {Row[]}
 */
function memory(entry) {
  /** @type {[Reading, Reading]} */
  const [first, last] = runApart("memory.mjs", [entry, ...SESSIONS]);
  const after = `after ${SESSIONS[1]} creates and releases, over ${SESSIONS[0]}`;
  const grown = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(0)} KB more`;
  const heap = last.heap - first.heap;
  const wasm = last.wasm - first.wasm;
  return [
    {
      what: `heap of Node ${after}`,
      measured: grown(heap),
      bar: `0 KB (± ${HEAP_NOISE_BYTES / 1024})`,
      met: heap <= HEAP_NOISE_BYTES,
    },
    {
      what: `WebAssembly memory ${after}`,
      measured: `${grown(wasm)} than ${first.wasm / 1024} KB`,
      bar: "0 KB",
      met: wasm === 0,
    },
  ];
}

/**
 * Runs a script of bench/client/ in a process of its own. Returns what it prints, as JSON.
 *
 * @param {string} script
 * @param {(string | number)[]} args
 */
function runApart(script, args) {
  const command = ["--expose-gc", inRoot("bench", "client", script), ...args.map(String)];
  return JSON.parse(execFileSync(process.execPath, command, { encoding: "utf8" }));
}
