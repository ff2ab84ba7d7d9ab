// What a recording costs: the same script with and without it, and the bytes in R2 for a minute of ordinary browsing.

import { once } from "node:events";
import http from "node:http";

import puppeteer from "puppeteer-core";

import { openPlatform } from "../../scripts/serve/platform.mjs";
import { ask, median, now, portOf, spread } from "../measure.mjs";

const ROUNDS = 12;
/** Visits of the timed script. */
const VISITS = 6;
/** An ordinary minute: a new page now and then, which is read and used meanwhile. */
const MINUTE_MS = 60_000;
const VISIT_MS = 6_000;

/** @typedef {import("puppeteer-core").Page} Page */
/** @typedef {{list(options: {prefix: string}): Promise<{objects: {key: string, size: number}[]}>}} Bucket */
/** @typedef {"recorded" | "bare"} Kind */
/** @typedef {{url: string, headers: Record<string, string>}} Service */
/** @typedef {import("../measure.mjs").Row} Row */
/** @typedef {import("../measure.mjs").BenchOptions} BenchOptions */

/**
 * @param {BenchOptions} options
 * @returns {Promise<Row[]>}
 */
export async function measure({ secrets, report }) {
  const site = await openSite();
  const platform = await openPlatform();
  const service = { url: platform.url, headers: { authorization: `Bearer ${secrets.TIDEWATCH_API_KEY}` } };
  try {
    /** @type {Record<Kind, number[]>} */
    const times = { recorded: [], bare: [] };
    for (let round = -1; round < ROUNDS; round++) {
      report(`scripts: ${Math.max(0, round + 1)} of ${ROUNDS}`);
      // In turns, and each comes first in half of the rounds.
      /** @type {Kind[]} */
      const kinds = round % 2 === 0 ? ["recorded", "bare"] : ["bare", "recorded"];
      for (const kind of kinds) {
        const took = await withSession(service, kind === "recorded", (page) => timed(() => useSite(page, site.url)));
        if (round >= 0) times[kind].push(took.result);
      }
    }
    report("a minute of ordinary browsing");
    const minute = await withSession(service, true, (page) => browse(page, site.url));
    return rows(times, await storedBytes(platform.mf, minute.id));
  } finally {
    await platform.dispose();
    site.close();
  }
}

/**
 * @param {Record<Kind, number[]>} times
 * @param {number} bytes
 * @returns {Row[]}
 */
function rows({ recorded, bare }, bytes) {
  const ratio = median(recorded) / median(bare);
  const megabytes = bytes / 2 ** 20;
  return [
    {
      what: "the same puppeteer script, recorded over not recorded",
      measured: `${ratio.toFixed(3)} (${spread(recorded)} over ${spread(bare)} ms)`,
      bar: "1.10 at most",
      met: ratio <= 1.1,
    },
    {
      what: "R2 for a minute of ordinary browsing, compressed",
      measured: `${megabytes.toFixed(2)} MB`,
      bar: "2 MB at most",
      met: megabytes <= 2,
    },
  ];
}

/**
 * Runs `use` with a tab of a new session. Resolves when the session's recording is over.
 *
 * @template Result
 * @param {Service} service
 * @param {boolean} recording
 * @param {(page: Page) => Promise<Result>} use
 * @returns {Promise<{id: string, result: Result}>}
 */
async function withSession({ url, headers }, recording, use) {
  const { id, websocketUrl } = await ask("POST", `${url}/v1/sessions`, { headers, body: { recording } });
  const browser = await puppeteer.connect({ browserWSEndpoint: websocketUrl, defaultViewport: null });
  const result = await use(await browser.newPage());
  await browser.disconnect();
  await ask("POST", `${url}/v1/sessions/${id}/release`, { headers });
  const isOver = async () =>
    (await ask("GET", `${url}/v1/sessions/${id}`, { headers })).recording?.status !== "recording";
  const deadline = now() + 20_000;
  while (!(await isOver())) if (now() > deadline) throw new Error("the recording is not over within 20 s");
  return { id, result };
}

/** @param {() => Promise<void>} work */
async function timed(work) {
  const start = now();
  await work();
  return now() - start;
}

/**
 * Navigates, types, clicks and changes the document.
 *
 * @param {Page} page
 * @param {string} url
 */
async function useSite(page, url) {
  for (let visit = 0; visit < VISITS; visit++) {
    await page.goto(`${url}/articles/${visit}`);
    await page.type("#search", "high water in the estuary");
    for (let click = 0; click < 5; click++) await page.click("#more");
    await page.$$eval("article", (articles) => articles.map(({ textContent }) => textContent.length));
  }
}

/**
 * @param {Page} page
 * @param {string} url
 */
async function browse(page, url) {
  const end = now() + MINUTE_MS;
  for (let visit = 0; now() < end; visit++) {
    const leave = Math.min(end, now() + VISIT_MS);
    await page.goto(`${url}/articles/${visit}`);
    await page.type("#search", "tide tables", { delay: 30 });
    while (now() < leave) {
      await page.click("#more");
      await page.mouse.move(200 + (now() % 400), 100 + (now() % 300), { steps: 10 });
      await page.mouse.wheel({ deltaY: 300 });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/**
 * @param {import("miniflare").Miniflare} mf
 * @param {string} id the session's id
 */
async function storedBytes(mf, id) {
  // miniflare's type of a bucket is that of a plain fetcher.
  const bucket = /** @type {Bucket} */ (/** @type {unknown} */ (await mf.getR2Bucket("RECORDINGS")));
  const { objects } = await bucket.list({ prefix: "recordings/" });
  const ofSession = objects.filter(({ key }) => key.includes(id));
  return ofSession.reduce((bytes, { size }) => bytes + size, 0);
}

/** A site with pages like a newspaper's: some hundred elements, a style sheet, pictures, scripts that change them. */
async function openSite() {
  const words = "estuary harbour pilot ebb flood moon slack water gauge current channel buoy chart fathom shoal".split(
    " ",
  );
  const prose = (/** @type {number} */ seed, /** @type {number} */ count) =>
    Array.from({ length: count }, (_, n) => words[(seed * 7 + n * n * 3 + n) % words.length]).join(" ");
  const article = (
    /** @type {number} */ n,
  ) => `<article class="card c${n % 9}"><h2><a href="/articles/${n}">${prose(n, 6)}</a></h2>
    <img src="/picture/${n % 12}" width="64" height="64" alt=""><p>${prose(n, 60)}</p><ul>${`<li>${prose(n, 4)}</li>`.repeat(4)}</ul></article>`;
  const style = Array.from(
    { length: 300 },
    (_, n) => `.c${n} > p, .k${n} { color: rgb(${n % 255}, 20, 30); margin: ${n % 9}px }`,
  ).join("\n");
  const page = (
    /** @type {number} */ n,
  ) => `<!doctype html><meta charset="utf-8"><title>${prose(n, 5)}</title><link rel="stylesheet" href="/style.css">
    <form><input id="search"><button type="button" id="more">more</button></form>
    <main>${Array.from({ length: 60 }, (_, card) => article(n * 60 + card)).join("")}</main>
    <script>document.getElementById("more").onclick = () => {
      const card = document.querySelector("article").cloneNode(true);
      document.querySelector("main").prepend(card);
      document.querySelectorAll("li").forEach((item, at) => item.classList.toggle("on", at % 3 === 0));
    };</script>`;
  const picture = `<svg xmlns="http://www.w3.org/2000/svg"><circle cx="32" cy="32" r="30"/></svg>`;
  const server = http.createServer(({ url = "/" }, answer) => {
    if (url === "/style.css") answer.setHeader("content-type", "text/css").end(style);
    else if (url.startsWith("/picture/")) answer.setHeader("content-type", "image/svg+xml").end(picture);
    else answer.setHeader("content-type", "text/html").end(page(Number(url.split("/")[2] ?? 0)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${portOf(server)}`, close: () => server.close() };
}
