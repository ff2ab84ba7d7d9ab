// The life of a session from create to release, on real Chrome. On miniflare, which emulates the browser binding.

import { once } from "node:events";
import http from "node:http";

import { openPlatform } from "../../scripts/serve/platform.mjs";
import { Cdp } from "../cdp.mjs";
import { browsersBelow, isAlive, launchChrome } from "../chrome.mjs";
import { ask, median, now, portOf, spread } from "../measure.mjs";

const ROUNDS = 32;
/** @typedef {"ours" | "recorded" | "bare" | "binding"} Kind */
/** @typedef {Partial<Record<"create" | "release" | "gone" | "total", number>>} Life milliseconds of its phases */
/** @typedef {{fetch(url: string, options: {method: string}): Promise<{json(): Promise<any>}>}} Fetcher */
/** @typedef {{url: string, run: string, headers: Record<string, string>}} Service */
/** @typedef {import("../measure.mjs").Row} Row */
/** @typedef {import("../measure.mjs").BenchOptions} BenchOptions */

/**
 * Each kind comes equally often after each other kind, so that what one leaves behind affects all alike.
 *
 * @type {Kind[][]}
 */
const ORDERS = [
  ["ours", "bare", "binding", "recorded"],
  ["bare", "recorded", "ours", "binding"],
  ["recorded", "binding", "bare", "ours"],
  ["binding", "ours", "recorded", "bare"],
];
const WARM_UPS = ORDERS.length;

/**
 * @param {BenchOptions} options
 * @returns {Promise<Row[]>}
 */
export async function measure({ secrets, report }) {
  const page = await openPage();
  const platform = await openPlatform();
  const { BROWSER } = /** @type {{BROWSER: Fetcher}} */ (await platform.mf.getBindings());
  const service = {
    url: platform.url,
    run: platform.run,
    headers: { authorization: `Bearer ${secrets.TIDEWATCH_API_KEY}` },
  };
  /** @type {Record<Kind, () => Promise<Life>>} */
  const kinds = {
    ours: () => ourLife(service, page.url, { recording: false }),
    recorded: () => ourLife(service, page.url, {}),
    bare: () => bareLife(page.url),
    binding: () => bindingLife(BROWSER, platform.run),
  };
  /** @type {Record<Kind, Life[]>} */
  const lives = { ours: [], recorded: [], bare: [], binding: [] };
  try {
    for (let i = 0; i < WARM_UPS + ROUNDS; i++) {
      report(`lives: ${Math.max(0, i - WARM_UPS + 1)} of ${ROUNDS}`);
      for (const kind of ORDERS[i % ORDERS.length] ?? []) {
        const life = await kinds[kind]();
        if (i >= WARM_UPS) lives[kind].push(life);
      }
    }
    return rows(lives);
  } finally {
    await platform.dispose();
    page.close();
  }
}

/**
 * @param {Record<Kind, Life[]>} lives
 * @returns {Row[]}
 */
const rows = ({ ours, recorded, bare, binding }) => [
  ...rowsOf("not recorded", ours, bare, binding),
  ...rowsOf("recorded", recorded, bare, binding),
];

/**
 * @param {string} kind
 * @param {Life[]} ours
 * @param {Life[]} bare
 * @param {Life[]} binding
 * @returns {Row[]}
 */
function rowsOf(kind, ours, bare, binding) {
  const of = (/** @type {Life[]} */ lives, /** @type {keyof Life} */ phase) => lives.map((life) => life[phase] ?? NaN);
  const added = median(of(ours, "create")) - median(of(binding, "create"));
  const ratio = median(of(ours, "total")) / median(of(bare, "total"));
  const under = (/** @type {string} */ what, /** @type {number[]} */ samples, /** @type {number} */ bar) => ({
    what: `${what}, ${kind}`,
    measured: `${spread(samples)} ms`,
    bar: `${bar} ms`,
    met: median(samples) <= bar,
  });
  return [
    {
      what: `create on real Chrome, over the bare binding, ${kind}`,
      measured: `${added < 0 ? "" : "+"}${added.toFixed(1)} ms (${spread(of(ours, "create"))} over ${spread(of(binding, "create"))})`,
      bar: "15 ms more at most",
      met: added <= 15,
    },
    under("release answered", of(ours, "release"), 30),
    under("browser process gone after release", of(ours, "gone"), 120),
    {
      what: `life from create to release over that of bare Chromium, ${kind}`,
      measured: `${ratio.toFixed(3)} (${spread(of(ours, "total"))} over ${spread(of(bare, "total"))} ms)`,
      bar: "500/518 = 0.965 at most",
      met: ratio <= 500 / 518,
    },
  ];
}

/**
 * @param {Service} service
 * @param {string} pageUrl
 * @param {{recording?: boolean}} options of the session
 * @returns {Promise<Life>}
 */
async function ourLife({ url, run, headers }, pageUrl, options) {
  const before = new Set(browsersBelow(run));
  const start = now();
  const session = await ask("POST", `${url}/v1/sessions`, { headers, body: { timeout: 300_000, ...options } });
  const created = now();
  const cdp = await Cdp.open(session.websocketUrl);
  await cdp.page(pageUrl);
  const pid = browsersBelow(run).find((process) => !before.has(process));
  if (!pid) throw new Error("the session has no browser process");
  const driven = now();
  await ask("POST", `${url}/v1/sessions/${session.id}/release`, { headers });
  const released = now();
  await until(() => !isAlive(pid));
  const gone = now();
  return { create: created - start, release: released - driven, gone: gone - driven, total: released - start };
}

/**
 * @param {string} pageUrl
 * @returns {Promise<Life>}
 */
async function bareLife(pageUrl) {
  const start = now();
  const chrome = await launchChrome();
  const cdp = await Cdp.open(chrome.webSocketUrl);
  await cdp.page(pageUrl);
  await cdp.send("Browser.close");
  await chrome.gone;
  const total = now() - start;
  await chrome.kill();
  return { total };
}

/**
 * @param {Fetcher} binding
 * @param {string} run
 * @returns {Promise<Life>}
 */
async function bindingLife(binding, run) {
  const start = now();
  const answer = await binding.fetch("http://browser/v1/devtools/browser", { method: "POST" });
  const { sessionId } = await answer.json();
  const create = now() - start;
  await binding.fetch(`http://browser/v1/devtools/browser/${sessionId}`, { method: "DELETE" });
  // The next life must not wait for the end of this browser.
  await until(() => browsersBelow(run).length === 0);
  return { create };
}

/** @param {() => boolean} condition */
async function until(condition) {
  const deadline = now() + 20_000;
  while (!condition()) {
    if (now() > deadline) throw new Error("not within 20 s");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function openPage() {
  const server = http.createServer((_, answer) => {
    answer.setHeader("content-type", "text/html").end("<!doctype html><title>bench</title><h1>hello</h1>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${portOf(server)}/`, close: () => server.close() };
}
