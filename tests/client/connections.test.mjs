// What the tests in browsers rest on: their server starves a browser that opens more connections than it has threads.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";

import puppeteer from "puppeteer-core";

import { chromeWrapper } from "../../scripts/tools/chrome.mjs";
import { ensureChromedriver, ensureFirefoxDriver } from "../../scripts/tools/webdriver.mjs";
import { listenLocally } from "../support/local_server.mjs";

/**
 * @import { RequestListener } from "node:http"
 * @import { TestContext } from "node:test"
 * @import { LaunchOptions } from "puppeteer-core"
 */

const THREADS = 4;
const MODULES = 24;
const ANSWERS_AFTER_MS = 20;

test("Chrome opens no more connections than the runner's server has threads", async (t) => {
  const capabilities = /** @type {any} */ ((await ensureChromedriver()).capabilities);
  const { args } = capabilities["goog:chromeOptions"];
  /** @type {LaunchOptions} */
  const launch = { browser: "chrome", executablePath: chromeWrapper(), args };
  const connections = await connectionsOf(t, launch);
  assert.ok(connections <= THREADS, `it opened ${connections}`);
});

test("Firefox opens no more connections than the runner's server has threads", async (t) => {
  const capabilities = /** @type {any} */ ((await ensureFirefoxDriver()).capabilities);
  const { binary, prefs } = capabilities["moz:firefoxOptions"];
  /** @type {LaunchOptions} */
  const launch = { browser: "firefox", executablePath: binary, extraPrefsFirefox: prefs };
  const connections = await connectionsOf(t, launch);
  assert.ok(connections <= THREADS, `it opened ${connections}`);
});

/**
 * How many connections were open at once, at the most, while the browser loaded a page of many modules.
 *
 * @param {TestContext} t
 * @param {LaunchOptions} launch
 */
async function connectionsOf(t, launch) {
  const server = createServer(answer);
  const { url, close } = await listenLocally(server);
  t.after(close);
  let open = 0;
  let most = 0;
  server.on("connection", (socket) => {
    most = Math.max(most, ++open);
    socket.on("close", () => open--);
  });
  const browser = await puppeteer.launch(launch);
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`${url}/`, { waitUntil: "load" });
  assert.equal(await page.evaluate(() => Reflect.get(globalThis, "loaded")), MODULES);
  return most;
}

// Late, so that the browser wants all of them at once.
/** @type {RequestListener} */
function answer({ url }, response) {
  const modules = Array.from({ length: MODULES }, (_, n) => `<script type="module" src="/${n}.js"></script>`);
  const [type, body] =
    url === "/"
      ? ["text/html", `<!doctype html>${modules.join("")}`]
      : ["text/javascript", "globalThis.loaded = (globalThis.loaded ?? 0) + 1;"];
  setTimeout(() => response.writeHead(200, { "content-type": type }).end(body), ANSWERS_AFTER_MS);
}
