// `npm run pictures`: takes the pictures in docs/, of the real pages of a real service. First a week of a small fleet
// is simulated, with a simulated provider and a clock that is put forward. The live sessions in the pictures run in
// real Chromes.

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";

import { BrowserRun } from "../../tests/browser_run/simulator.mjs";
import { travel } from "../../tests/support/time_travel.mjs";
import { until } from "../../tests/support/waits.mjs";
import { build } from "../build/build.mjs";
import { ensureChrome } from "../tools/chrome.mjs";
import { mintKey } from "../keys/key.mjs";
import { openShop } from "./shop.mjs";
import { inRoot, temporary } from "../support/places.mjs";
import { openPlatform } from "../serve/platform.mjs";
import { makeSecret } from "../keys/secrets.mjs";

const MINUTE_MS = 60_000;
const ROUNDS = 20;
const ROUND_MS = 8 * 60 * MINUTE_MS;
const WORK_MS = 40 * MINUTE_MS;
const OWNERS = ["crawler-7", "checkout-tests", "price-watch", "support-bot", "invoice-reader"];
const DESKTOP = { width: 1360, height: 900 };
const PHONE = { width: 390, height: 844 };
const BYTES_MAX = 200_000;

/** @typedef {import("playwright-core").Browser} Chrome */
/** @typedef {import("playwright-core").Page} PlaywrightPage */
/** @typedef {import("puppeteer-core").Page} Page */
/** @typedef {{id: string, websocketUrl: string, sessionViewerUrl: string}} Session */
/** @typedef {Awaited<ReturnType<typeof openShop>>} Shop */

/**
 * A picture to take.
 *
 * @typedef {object} Shot
 * @property {string} name
 * @property {string} path
 * @property {{width: number, height: number}} [viewport]
 * @property {"light" | "dark"} [colorScheme]
 * @property {(page: PlaywrightPage) => Promise<unknown>} prepare resolves when the page is ready for the picture
 */

/** A service with a past. Its provider is simulated until the pictures are taken. */
class Fleet {
  #secret = makeSecret();
  provider;
  key = mintKey({ secret: this.#secret, project: "default" });
  persist = mkdtempSync(join(temporary, "tidewatch-pictures-"));
  url = "";

  /** @param {BrowserRun} provider */
  constructor(provider) {
    this.provider = provider;
  }

  static async begin() {
    const fleet = new Fleet(await BrowserRun.start({ idleMs: Infinity }));
    await fleet.open();
    return fleet;
  }

  /** @param {"chrome" | {url: string}} [browser] */
  async open(browser = { url: this.provider.url }) {
    this.platform = await openPlatform({
      persist: this.persist,
      browser,
      vars: { TIDEWATCH_SECRET: this.#secret, LIVE_SESSIONS_MAX: "20" },
    });
    this.url = this.platform.url;
  }

  async stop() {
    await this.platform?.dispose();
  }

  async end() {
    await this.call("POST", "/v1/sessions/release");
    await this.stop();
    await this.provider.close();
    rmSync(this.persist, { recursive: true, force: true });
  }

  /**
   * Calls the API.
   *
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns the parsed answer, in the shape that the API documents
   */
  async call(method, path, body) {
    const headers = { authorization: `Bearer ${this.key}`, "content-type": "application/json" };
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.json();
  }
}

/**
 * Simulates a week: sessions that are released, that reach their timeouts, and that lose their clients.
 *
 * @param {Fleet} fleet
 */
async function livePast(fleet) {
  for (let round = 0; round < ROUNDS; round++) {
    const many = 4 + ((round * 5) % 11);
    for (let count = 0; count < many; count++) {
      const owner = OWNERS[(round + count) % OWNERS.length];
      const timeout = ([20, 90, 120][count % 3] ?? 0) * MINUTE_MS;
      const onDisconnect = count % 5 === 4 ? { onDisconnect: "release" } : {};
      await fleet.call("POST", "/v1/sessions", {
        owner,
        timeout,
        metadata: { run: String(380 + round), stage: count % 2 ? "nightly" : "canary" },
        ...onDisconnect,
      });
    }
    await travel(fleet, WORK_MS);
    await fleet.call("POST", "/v1/sessions/release");
    await travel(fleet, round < ROUNDS - 1 ? ROUND_MS - WORK_MS : 12 * MINUTE_MS);
  }
}

const SCENES = [
  { owner: "crawler-7", path: "/", timeout: 60, metadata: { run: "400", stage: "nightly" } },
  { owner: "price-watch", path: "/prices", timeout: 12, metadata: { run: "77", region: "eu" } },
  { owner: "support-bot", path: "/story", timeout: 30, metadata: { ticket: "5121" } },
  { owner: "checkout-tests", path: "/checkout", timeout: 5, metadata: { run: "401", stage: "canary" }, types: true },
  { owner: "crawler-7", path: "/prices", timeout: 45, metadata: { run: "402", stage: "nightly" } },
];

/** The scene that the live view shows, by its place in the list. */
const VIEWED = 3;

/**
 * Starts the sessions of the pictures, and leaves an agent in each.
 *
 * @param {Fleet} fleet
 * @param {Shop} shop
 */
async function startScenes(fleet, shop) {
  const sessions = [];
  for (const { path, timeout, types, ...options } of SCENES) {
    /** @type {Session} */
    const session = await fleet.call("POST", "/v1/sessions", {
      ...options,
      timeout: timeout * MINUTE_MS,
      onDisconnect: "release",
      dimensions: { width: 1280, height: 800 },
    });
    const agent = await puppeteer.connect({ browserWSEndpoint: session.websocketUrl, defaultViewport: null });
    const page = await firstTab(agent);
    await page.goto(shop.url + path);
    if (types) await fillForm(page);
    sessions.push(session);
  }
  return sessions;
}

/** @param {import("puppeteer-core").Browser} agent */
async function firstTab(agent) {
  const [page] = await agent.pages();
  if (!page) throw new Error("the session has no tab");
  return page;
}

/** @param {Page} page */
async function fillForm(page) {
  for (const [id, text] of Object.entries({
    name: "Ada Marlowe",
    street: "7 Quay Lane",
    city: "Whitby",
    card: "4711 0000 4711",
  }))
    await page.type(`#${id}`, text);
}

/**
 * An ended session with an agent's work in its recording.
 *
 * @param {Fleet} fleet
 * @param {Shop} shop
 * @returns {Promise<Session>}
 */
async function recordWork(fleet, shop) {
  const session = await fleet.call("POST", "/v1/sessions", {
    owner: "checkout-tests",
    recording: { maskInputs: false },
    metadata: { run: "399" },
    dimensions: { width: 1280, height: 800 },
  });
  const agent = await puppeteer.connect({ browserWSEndpoint: session.websocketUrl, defaultViewport: null });
  const page = await firstTab(agent);
  for (const path of ["/", "/prices", "/checkout"]) await page.goto(shop.url + path);
  await fillForm(page);
  await agent.disconnect();
  await fleet.call("POST", `/v1/sessions/${session.id}/release`);
  const isOver = async () => (await fleet.call("GET", `/v1/sessions/${session.id}`)).recording.status !== "recording";
  await until("the recording is over", isOver);
  return session;
}

/**
 * Takes one picture of one page.
 *
 * @param {Chrome} chrome
 * @param {Fleet} fleet
 * @param {Shot} shot
 */
async function shoot(chrome, fleet, { name, path, viewport = DESKTOP, colorScheme = "light", prepare }) {
  const context = await chrome.newContext({ viewport, colorScheme });
  await context.addInitScript(signIn, { url: fleet.url, key: fleet.key });
  const page = await context.newPage();
  await page.goto(fleet.url + path);
  await prepare(page);
  const file = inRoot("docs", `${name}.png`);
  await page.screenshot({ path: file });
  await context.close();
  const { size } = statSync(file);
  console.log(`${file}: ${Math.round(size / 1000)} kB`);
  if (size > BYTES_MAX) throw new Error(`${file} is larger than ${BYTES_MAX} bytes.`);
}

/**
 * Runs in the page: stores the key, as the page does after the sign-in.
 *
 * @param {{url: string, key: string}} options
 */
function signIn({ url, key }) {
  if (location.href.startsWith(url)) sessionStorage.setItem("tidewatch-key", key);
}

/**
 * The lists are shown, with a number of sessions' pictures. Sessions below the screen have no pictures.
 *
 * @param {number} pictures
 */
const listed = (pictures) => async (/** @type {PlaywrightPage} */ page) => {
  await page.getByRole("article").first().waitFor();
  await page.getByRole("table", { name: "Why sessions ended" }).waitFor();
  await page.waitForFunction(
    (/** @type {number} */ many) =>
      [...document.images].filter((picture) => picture.closest("article") && picture.naturalWidth > 0).length >= many,
    pictures,
  );
};

/**
 * The replay is loaded and at its end.
 *
 * @param {PlaywrightPage} page
 */
const replayed = async (page) => {
  await page
    .getByRole("list", { name: "What happened" })
    .getByRole("button")
    .filter({ hasText: "/checkout" })
    .first()
    .waitFor();
  await page.getByRole("slider", { name: "Time" }).press("End");
  const screen = page.frameLocator("#player").frameLocator("iframe").frameLocator("iframe");
  await until("the form is filled", async () => (await screen.locator("#city").inputValue()) === "Whitby");
};

/**
 * @param {Chrome} chrome
 * @param {Fleet} fleet
 * @param {{viewed: Session, replay: Session}} sessions
 */
async function takePictures(chrome, fleet, { viewed, replay }) {
  const viewer = new URL(viewed.sessionViewerUrl);
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await shoot(chrome, fleet, {
      name: `dashboard-${colorScheme}`,
      path: "/",
      colorScheme,
      prepare: listed(SCENES.length),
    });
    await shoot(chrome, fleet, {
      name: `view-${colorScheme}`,
      path: viewer.pathname + viewer.search,
      colorScheme,
      prepare: seen,
    });
    await shoot(chrome, fleet, {
      name: `replay-${colorScheme}`,
      path: `/replay/?session=${replay.id}`,
      colorScheme,
      prepare: replayed,
    });
  }
  await shoot(chrome, fleet, { name: "phone", path: "/", viewport: PHONE, prepare: listed(1) });
}

/**
 * The live view has shown a frame: its canvas has the frame's size.
 *
 * @param {PlaywrightPage} page
 */
const seen = (page) => page.waitForFunction(() => (document.querySelector("canvas")?.width ?? 0) > 100);

await build();
const chrome = await chromium.launch({ executablePath: await ensureChrome() });
const shop = await openShop();
const fleet = await Fleet.begin();
try {
  await livePast(fleet);
  await fleet.stop();
  await fleet.open("chrome");
  const replay = await recordWork(fleet, shop);
  const sessions = await startScenes(fleet, shop);
  const viewed = sessions[VIEWED];
  if (!viewed) throw new Error("there is no session to view");
  await takePictures(chrome, fleet, { viewed, replay });
} finally {
  await fleet.end();
  await shop.close();
  await chrome.close();
}
process.exit();
