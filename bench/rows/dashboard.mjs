// The dashboard: the size of what it loads, and the time until its first list is shown.

import { gzipSync } from "node:zlib";

import { chromium } from "playwright-core";

import { ensureChrome } from "../../scripts/tools/chrome.mjs";
import { openPlatform } from "../../scripts/serve/platform.mjs";
import { BrowserRun } from "../../tests/browser_run/simulator.mjs";
import { ask, median, spread } from "../measure.mjs";

const ROUNDS = 21;
const LIVE = 20;
const ENDED = 200;
const BYTES_BAR = 150 * 1024;
const SHOWN_BAR_MS = 300;
const SHOWN = "shown at ";

/** @typedef {import("../measure.mjs").Row} Row */
/** @typedef {import("../measure.mjs").BenchOptions} BenchOptions */
/** @typedef {Map<string, number>} Sizes gzipped bytes by path */

/**
 * @param {BenchOptions} options
 * @returns {Promise<Row[]>}
 */
export async function measure({ secrets, report }) {
  const chrome = await chromium.launch({ executablePath: await ensureChrome() });
  const provider = await BrowserRun.start({ idleMs: Infinity });
  const vars = { TIDEWATCH_SECRET: secrets.TIDEWATCH_SECRET, LIVE_SESSIONS_MAX: "1000" };
  const { url, dispose } = await openPlatform({ vars, browser: { url: provider.url } });
  const key = secrets.TIDEWATCH_API_KEY;
  try {
    report(`filling ${LIVE} live and ${ENDED} ended sessions`);
    await fill(url, key);
    const visits = [];
    for (let round = 0; round <= ROUNDS; round++) visits.push(await visit(chrome, url, key));
    // Not the first visit: in it the browser starts what it starts once.
    const shown = visits.slice(1).map((each) => each.shownMs);
    return [bytesRow(visits.at(-1)?.bytes ?? new Map()), shownRow(shown)];
  } finally {
    await dispose();
    await provider.close();
    await chrome.close();
  }
}

/**
 * @param {string} url
 * @param {string} key
 */
async function fill(url, key) {
  const headers = { authorization: `Bearer ${key}` };
  const create = () =>
    ask("POST", `${url}/v1/sessions`, {
      headers,
      body: { owner: "bench", metadata: { run: "17" }, timeout: 3_600_000 },
    });
  for (let count = 0; count < ENDED; count++) await create();
  await ask("POST", `${url}/v1/sessions/release`, { headers });
  for (let count = 0; count < LIVE; count++) await create();
}

/**
 * One visit with an empty cache and a signed-in tab: what it loads, and when the first list is on the screen.
 *
 * @param {import("playwright-core").Browser} chrome
 * @param {string} url
 * @param {string} key
 */
async function visit(chrome, url, key) {
  const context = await chrome.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addInitScript(watch, /** @type {const} */ ([key, SHOWN]));
  const page = await context.newPage();
  /** @type {import("playwright-core").Response[]} */
  const files = [];
  page.on("response", (response) => {
    if (!new URL(response.url()).pathname.startsWith("/v1/")) files.push(response);
  });
  // The page itself reports it. A question would run further scripts in the time that is measured.
  const shown = page.waitForEvent("console", (message) => message.text().startsWith(SHOWN));
  await page.goto(url);
  const shownMs = Number((await shown).text().slice(SHOWN.length));
  await page.getByRole("table", { name: "Why sessions ended" }).waitFor();
  const bodies = await Promise.all(
    files.map(async (file) => {
      const size = gzipSync(await file.body(), { level: 9 }).length;
      return /** @type {const} */ ([new URL(file.url()).pathname, size]);
    }),
  );
  await context.close();
  return { shownMs, bytes: new Map(bodies) };
}

/**
 * Runs in the page, before its own scripts.
 *
 * @param {readonly [key: string, shown: string]} options
 */
function watch([key, shown]) {
  sessionStorage.setItem("tidewatch-key", key);
  new MutationObserver((_, observer) => {
    if (!document.querySelector("article")) return;
    observer.disconnect();
    // It is on the screen in the frame after the one in which it is drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => console.debug(shown + performance.now())));
  }).observe(document, { childList: true, subtree: true });
}

/**
 * @param {Sizes} bytes
 * @returns {Row}
 */
function bytesRow(bytes) {
  const sum = [...bytes.values()].reduce((all, one) => all + one, 0);
  const wasm = bytes.get("/tidewatch_bg.wasm") ?? NaN;
  const measured = `${(sum / 1024).toFixed(0)} KB in ${bytes.size} files, ${(wasm / 1024).toFixed(0)} KB of it the client's wasm`;
  return {
    what: "dashboard, all that it loads, gzipped",
    measured,
    bar: `${BYTES_BAR / 1024} KB at most`,
    met: sum <= BYTES_BAR,
  };
}

/**
 * @param {number[]} shown
 * @returns {Row}
 */
function shownRow(shown) {
  return {
    what: "dashboard's first list on the screen after navigation",
    measured: `${spread(shown, 0)} ms`,
    bar: `${SHOWN_BAR_MS} ms at most, median`,
    met: median(shown) <= SHOWN_BAR_MS,
  };
}
