// `npm run pictures`: the pictures in docs/, taken of the real pages of a real service. A week of a small fleet is lived through
// first, with a simulated provider and a clock that is put forward; what is live in the pictures runs in real Chromes.

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";

import { BrowserRun } from "../../tests/browser_run/simulator.mjs";
import { until } from "../../tests/e2e/until.mjs";
import { travel } from "../../tests/worker/time_travel.mjs";
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

/** A service with a past: its provider is simulated until the pictures are taken. */
class Fleet {
  #secret = makeSecret();
  persist = mkdtempSync(join(temporary, "tidewatch-pictures-"));

  async begin() {
    this.key = mintKey({ secret: this.#secret, project: "default" });
    this.provider = await BrowserRun.start({ idleMs: Infinity });
    await this.open();
  }

  async open(browser = { url: this.provider.url }) {
    this.platform = await openPlatform({
      persist: this.persist,
      browser,
      vars: { TIDEWATCH_SECRET: this.#secret, LIVE_SESSIONS_MAX: "20" },
    });
    this.url = this.platform.url;
  }

  stop() {
    return this.platform.dispose();
  }

  async end() {
    await this.call("POST", "/v1/sessions/release");
    await this.stop();
    await this.provider.close();
    rmSync(this.persist, { recursive: true, force: true });
  }

  async call(method, path, body) {
    const headers = { authorization: `Bearer ${this.key}`, "content-type": "application/json" };
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.json();
  }
}

/** What a week left behind: sessions that were released, ran out of time, lost their clients. */
async function livePast(fleet) {
  for (let round = 0; round < ROUNDS; round++) {
    const many = 4 + ((round * 5) % 11);
    for (let count = 0; count < many; count++) {
      const owner = OWNERS[(round + count) % OWNERS.length];
      const timeout = [20, 90, 120][count % 3] * MINUTE_MS;
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

/** Starts the sessions of the pictures, and leaves an agent in each. */
async function startScenes(fleet, shop) {
  const agents = [];
  for (const { path, timeout, types, ...options } of SCENES) {
    const session = await fleet.call("POST", "/v1/sessions", {
      ...options,
      timeout: timeout * MINUTE_MS,
      onDisconnect: "release",
      dimensions: { width: 1280, height: 800 },
    });
    const agent = await puppeteer.connect({ browserWSEndpoint: session.websocketUrl, defaultViewport: null });
    const [page] = await agent.pages();
    await page.goto(shop.url + path);
    if (types) await fillForm(page);
    agents.push({ session, agent, page });
  }
  return agents;
}

async function fillForm(page) {
  for (const [id, text] of Object.entries({
    name: "Ada Marlowe",
    street: "7 Quay Lane",
    city: "Whitby",
    card: "4711 0000 4711",
  }))
    await page.type(`#${id}`, text);
}

/** A session that is over, with an agent's errand in its recording. */
async function recordErrand(fleet, shop) {
  const session = await fleet.call("POST", "/v1/sessions", {
    owner: "checkout-tests",
    recording: { maskInputs: false },
    metadata: { run: "399" },
    dimensions: { width: 1280, height: 800 },
  });
  const agent = await puppeteer.connect({ browserWSEndpoint: session.websocketUrl, defaultViewport: null });
  const [page] = await agent.pages();
  for (const path of ["/", "/prices", "/checkout"]) await page.goto(shop.url + path);
  await fillForm(page);
  await agent.disconnect();
  await fleet.call("POST", `/v1/sessions/${session.id}/release`);
  const isOver = async () => (await fleet.call("GET", `/v1/sessions/${session.id}`)).recording.status !== "recording";
  await until("the recording is over", isOver);
  return session;
}

/** One picture of one page. */
async function shoot(chrome, fleet, { name, path, viewport = DESKTOP, colorScheme = "light", prepare }) {
  const context = await chrome.newContext({ viewport, colorScheme });
  await context.addInitScript(
    ([url, key]) => location.href.startsWith(url) && sessionStorage.setItem("tidewatch-key", key),
    [fleet.url, fleet.key],
  );
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

/** The lists are there, and so many pictures: of what is not on the screen none is taken. */
const listed = (pictures) => async (page) => {
  await page.getByRole("article").first().waitFor();
  await page.getByRole("table", { name: "Ends by reason" }).waitFor();
  await page.waitForFunction(
    (many) =>
      [...document.querySelectorAll("article img")].filter((picture) => picture.naturalWidth > 0).length >= many,
    pictures,
  );
};

/** The replay is loaded, and stands at its end. */
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

async function takePictures(chrome, fleet, { agents, errand }) {
  const { session } = agents.at(3);
  const viewer = new URL(session.sessionViewerUrl);
  for (const colorScheme of ["light", "dark"]) {
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
      path: `/replay/?session=${errand.id}`,
      colorScheme,
      prepare: replayed,
    });
  }
  await shoot(chrome, fleet, { name: "phone", path: "/", viewport: PHONE, prepare: listed(1) });
}

// The live view shows a frame once it has one: its canvas takes the frame's size.
const seen = (page) => page.waitForFunction(() => document.querySelector("canvas").width > 100);

await build();
const chrome = await chromium.launch({ executablePath: await ensureChrome() });
const shop = await openShop();
const fleet = new Fleet();
await fleet.begin();
try {
  await livePast(fleet);
  await fleet.stop();
  await fleet.open("chrome");
  const errand = await recordErrand(fleet, shop);
  const agents = await startScenes(fleet, shop);
  await takePictures(chrome, fleet, { agents, errand });
} finally {
  await fleet.end();
  await shop.close();
  await chrome.close();
}
process.exit();
