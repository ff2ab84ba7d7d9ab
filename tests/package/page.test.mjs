// The package in Chrome: in a page that Vite has built or serves, and in a plain one.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";

import puppeteer from "puppeteer-core";
import { build, createServer } from "vite";

import { chromeWrapper, ensureChrome } from "../../scripts/tools/chrome.mjs";
import { openFakeService } from "../support/fake_service.mjs";
import { serveFolder } from "../support/serve_folder.mjs";
import { makeProject } from "./project.mjs";
import { example } from "./readme.mjs";

/** @import { InlineConfig } from "vite" */

const KEY = "tw_key";
const WITHIN_MS = 30_000;

const service = await openFakeService();
after(() => service.close());
const project = await makeProject();
after(() => project.remove());
await ensureChrome();
const browser = await puppeteer.launch({ executablePath: chromeWrapper() });
after(() => browser.close());

const ids = service.sessions.map(({ id }) => id);

/**
 * Opens a page and waits until it shows the sessions that the service has.
 *
 * @param {string} url
 */
async function expectSessionsOn(url) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const told = [];
  page.on("pageerror", (error) => told.push(String(error)));
  page.on("console", (message) => message.type() === "error" && told.push(message.text()));
  await page.goto(url);
  const isShown = (/** @type {string[]} */ wanted) =>
    wanted.every((/** @type {string} */ id) => document.body.textContent.includes(id));
  await page.waitForFunction(isShown, { timeout: WITHIN_MS }, ids).catch((error) => {
    throw new Error(`${error.message}: ${told.join("\n")}`);
  });
  assert.deepEqual(told, []);
  assert.equal(service.requests.at(-1)?.key, `Bearer ${KEY}`);
  await page.close();
}

/**
 * A Vite project of the README's example.
 *
 * @param {{from?: string}} [options]
 * @returns {InlineConfig} the configuration besides
 */
function writeViteProject({ from = "tidewatch" } = {}) {
  project.write(
    "index.html",
    '<!doctype html><link rel="icon" href="data:,"><body><script type="module" src="/main.js"></script>',
  );
  project.write("main.js", example("vite", service.url).replaceAll('"tidewatch"', `"${from}"`));
  project.write(".env", `VITE_TIDEWATCH_API_KEY=${KEY}\n`);
  return { root: project.folder, configFile: false, logLevel: "error" };
}

/** @param {{from?: string}} options */
async function buildWithVite(options) {
  const outDir = join(project.folder, `dist-${options.from ? "bundler" : "default"}`);
  await build({ ...writeViteProject(options), build: { outDir } });
  return outDir;
}

test("README, vite: the page that Vite builds shows the sessions", async (t) => {
  const files = await serveFolder(await buildWithVite({}));
  t.after(() => files.close());
  await expectSessionsOn(`${files.url}/index.html`);
});

test("README, vite: the page of Vite's development server shows the sessions", async (t) => {
  const server = await createServer({ ...writeViteProject(), server: { host: "127.0.0.1", port: 0 } });
  t.after(() => server.close());
  await server.listen();
  await expectSessionsOn(`${server.resolvedUrls?.local[0]}`);
});

test("the bundler target works in a page that Vite builds", async (t) => {
  const files = await serveFolder(await buildWithVite({ from: "tidewatch/bundler" }));
  t.after(() => files.close());
  await expectSessionsOn(`${files.url}/index.html`);
});

test("README, page: a plain page with a module script shows the sessions", async (t) => {
  project.write("page.html", example("page", service.url).replaceAll("YOUR_KEY", KEY));
  const files = await serveFolder(project.folder);
  t.after(() => files.close());
  await expectSessionsOn(`${files.url}/page.html`);
});
