// The examples do what they say, in a project where the client is installed, and leave no browser.

import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import puppeteer from "puppeteer-core";
import { createServer } from "vite";

import { chromeWrapper, ensureChrome } from "../../scripts/tools/chrome.mjs";
import { inRoot } from "../../scripts/support/places.mjs";
import { makeProject } from "../package/project.mjs";
import { closing } from "../support/closing.mjs";
import { openTideSite } from "./site.mjs";
import { openService } from "./service.mjs";

/** @import { Project } from "./service.mjs" */

// Launched before the service, whose run takes over the temporary folder: this Chrome does not belong to it.
await ensureChrome();
const browser = closing(await puppeteer.launch({ executablePath: chromeWrapper() }), (it) => it.close());
const project = closing(await makeProject(), (it) => it.remove());
for (const library of ["puppeteer-core", "playwright-core"]) {
  symlinkSync(inRoot("node_modules", library), join(project.folder, "node_modules", library));
}
const examples = readdirSync(inRoot("examples")).filter((name) => /\.(mjs|html)$/.test(name));
for (const name of examples) copyFileSync(inRoot("examples", name), join(project.folder, name));

const pages = closing(
  await createServer({
    root: project.folder,
    configFile: false,
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0 },
  }),
  (it) => it.close(),
);
await pages.listen();
const origin = new URL(`${pages.resolvedUrls?.local[0]}`).origin;

const service = closing(await openService({ vars: { ALLOWED_ORIGINS: origin } }), (it) => it.dispose());
const site = closing(await openTideSite(), (it) => it.close());

/**
 * Runs an example on the site; the lines that it has printed.
 *
 * @param {Project} tenant
 * @param {string} name
 */
async function run(tenant, name) {
  Object.assign(process.env, { TIDEWATCH_URL: service.url, TIDEWATCH_KEY: tenant.key });
  const printed = await project.run(process.execPath, name, `${site.url}/`);
  const { sessions } = await tenant.list();
  assert.ok(sessions.length > 0, "it has made a session");
  assert.deepEqual(
    sessions.filter(({ releaseReason }) => releaseReason !== "user_requested"),
    [],
  );
  await service.untilChromes(0);
  return printed.trim().split("\n");
}

test("each example is tested here, and has its line in the README", () => {
  assert.deepEqual(examples.sort(), ["agents.mjs", "await_using.mjs", "live_sessions.html", "scrape.mjs"]);
  const readme = readFileSync(inRoot("examples", "README.md"), "utf8");
  for (const name of examples) assert.ok(readme.includes(name), name);
});

test("scrape.mjs prints a page's title and links", async () => {
  assert.deepEqual(await run(service.project(), "scrape.mjs"), ["Tide", `${site.url}/low`]);
});

test("agents.mjs releases one owner's sessions before another's", async () => {
  const lines = await run(service.project(), "agents.mjs");
  assert.deepEqual(lines, [
    "one of the readers has seen Tide",
    "two of the readers has seen Tide",
    "three of the watchers has seen Tide",
    "released: 2 of the readers",
    "still live: 1 of the watchers, agent three",
  ]);
});

test("await_using.mjs prints a page's title", async () => {
  assert.deepEqual(await run(service.project(), "await_using.mjs"), ["Tide"]);
});

test("live_sessions.html lists live sessions, and puts the key in no URL", async () => {
  const tenant = service.project();
  const session = await tenant.create({ owner: "crawler-7" });
  const page = await browser.newPage();
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${origin}/live_sessions.html`);
  /** @param {string} key */
  const list = async (key) => {
    await page.$eval("[name=baseUrl]", (field, url) => Reflect.set(field, "value", url), service.url);
    await page.$eval("[name=apiKey]", (field, key) => Reflect.set(field, "value", key), key);
    await page.click("button");
  };
  /** @param {string} text */
  const shows = (text) => page.waitForFunction((text) => document.body.textContent.includes(text), {}, text);
  await page.waitForNetworkIdle();
  await list(`${tenant.key}x`);
  await shows("key");
  await list(tenant.key);
  await shows("1 live");
  await shows(session.id);
  await shows("of crawler-7");
  assert.equal(await page.$eval("li a", (link) => link.href), session.sessionViewerUrl);
  assert.deepEqual(
    asked.filter((url) => url.includes(tenant.key)),
    [],
  );
  await page.close();
});
