// Recordings of real Chrome: what puppeteer and playwright do in it is found again in a session's events.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";

import { inputTexts, payloads, readEvents, releaseAndRead, tabsAt } from "./recorded.mjs";
import { openRecordedSite } from "./recorded_site.mjs";
import { openService } from "./service.mjs";
import { until } from "../support/waits.mjs";

/**
 * @import { Browser, Page } from "playwright-core"
 * @import { SessionData } from "../../src/client/types.ts"
 * @import { Project } from "./service.mjs"
 *
 * @typedef {{request: {url: string}}} HarEntry
 * @typedef {{level: string, text: string, line: number}} ConsoleLine
 */

const service = await openService();
const site = await openRecordedSite();
after(async () => {
  await service.dispose();
  await site.close();
});

/** @param {{websocketUrl: string}} options */
const connect = ({ websocketUrl }) => puppeteer.connect({ browserWSEndpoint: websocketUrl });

/**
 * A session that puppeteer drives, and its first tab.
 *
 * @param {{ recording: { maskInputs: boolean; }; } | { recording: boolean; }} [options]
 */
async function begin(options) {
  const project = service.project();
  const session = await project.create(options);
  const browser = await connect(session);
  return { project, session, browser, page: await browser.newPage() };
}

test("a recording has the steps of a script, by tab and in order of time", async () => {
  const { project, session, browser, page } = await begin();
  assert.deepEqual((await project.get(session.id)).recording, { status: "recording", maskInputs: true });
  await page.goto(`${site.url}/form`);
  await page.type("#name", "Ada");
  await page.goto(`${site.other}/opener`);
  const opened = new Promise((resolve) => page.once("popup", resolve));
  await page.click("button");
  const popup = await opened;
  await popup.waitForSelector("#popup");
  const second = await browser.newPage();
  await second.goto(`${site.url}/console`);
  await second.close();

  const { session: over, events } = await releaseAndRead(project, session.id);
  assert.equal(over.recording?.status, "complete");
  assert.equal(over.eventCount, events.length);
  const [formTab] = tabsAt(events, `${site.url}/form`);
  assert.deepEqual(tabsAt(events, `${site.other}/opener`), [formTab], "the same tab, in another process");
  const [popupTab] = tabsAt(events, `${site.other}/popup`);
  const [secondTab] = tabsAt(events, `${site.url}/console`);
  assert.equal(new Set([formTab, popupTab, secondTab]).size, 3);

  const typed = events.filter(({ tab, type, data }) => tab === formTab && type === 3 && data.source === 5);
  assert.equal(typed.length, 3, "each key");
  const clicked = events.some(
    ({ tab, type, data }) => tab === formTab && type === 3 && data.source === 2 && data.type === 2,
  );
  assert.ok(clicked, "the click on the button");
  for (const tab of [formTab, popupTab, secondTab]) {
    const own = events.filter((event) => event.tab === tab);
    assert.ok(
      own.some(({ type }) => type === 2),
      "a whole picture",
    );
    assert.deepEqual(
      payloads(own, "tab").map((/** @type {{opened: boolean}} */ payload) => payload.opened),
      [true, false],
    );
  }
  assert.equal(
    payloads(
      events.filter(({ tab }) => tab === popupTab),
      "tab",
    )[0].openerTab,
    formTab,
  );
  const navigated = payloads(
    events.filter(({ tab }) => tab === formTab),
    "navigation",
  ).map((/** @type {{url: string}} */ { url }) => url);
  assert.deepEqual(navigated.slice(-2), [`${site.url}/form`, `${site.other}/opener`]);
  const times = events.map(({ timestamp }) => timestamp);
  assert.deepEqual(
    times,
    times.toSorted((one, other) => one - other),
  );
  await browser.disconnect();
});

test("a page's last events are recorded, however the session ends", async () => {
  /** @type {Record<string, (recorded: Awaited<ReturnType<typeof begin>>) => Promise<unknown>>} */
  const ends = {
    release: ({ project, session }) => project.release(session.id),
    "Browser.close": ({ browser }) => browser.close(),
    "a tab's end": ({ page }) => page.close(),
  };
  for (const [name, end] of Object.entries(ends)) {
    const { project, session, browser, page } = await begin();
    await page.goto(`${site.url}/form`);
    await page.type("#name", "Ada");
    await page.evaluate(() => document.body.append("the last change"));
    await end({ project, session, browser, page });
    const { session: over, events } = await releaseAndRead(project, session.id);
    assert.equal(over.recording?.status, "complete", name);
    const changes = events.filter(({ type, data }) => type === 3 && data.source === 0);
    assert.match(JSON.stringify(changes), /the last change/, name);
    await browser.disconnect();
  }
});

test("typed text is masked, however the page shows it", async () => {
  const { project, session, browser, page } = await begin();
  await page.goto(`${site.url}/form`);
  for (const id of ["name", "secret", "story", "note"]) await page.type(`#${id}`, `typed-${id}`);
  await page.evaluate(() => {
    const name = /** @type {HTMLInputElement} */ (document.querySelector("#name"));
    name.setAttribute("value", name.value);
  });
  const { events } = await releaseAndRead(project, session.id);
  assert.ok(inputTexts(events).includes("**********"), "what is typed is seen to be typed");
  assert.doesNotMatch(JSON.stringify(events), /typed-/);
  await browser.disconnect();
});

test("typed text is recorded if the session requests it, except passwords", async () => {
  const { project, session, browser, page } = await begin({ recording: { maskInputs: false } });
  await page.goto(`${site.url}/form`);
  for (const id of ["name", "secret", "story"]) await page.type(`#${id}`, `typed-${id}`);
  const { session: over, events } = await releaseAndRead(project, session.id);
  assert.equal(over.recording?.maskInputs, false);
  const texts = inputTexts(events);
  assert.ok(texts.includes("typed-name") && texts.includes("typed-story"), texts.join());
  assert.doesNotMatch(JSON.stringify(events), /typed-secret/);
  await browser.disconnect();
});

test("the console, exceptions and requests are recorded without secrets", async () => {
  const { project, session, browser, page } = await begin();
  await page.goto(`${site.url}/console`);
  await page.setExtraHTTPHeaders({ authorization: "Bearer secret-key" });
  await page.goto(`${site.url.replace("//", "//user:secret-password@")}/fetch`);
  await page.waitForFunction(() => document.title === "fetched");
  const { events } = await releaseAndRead(project, session.id);
  const lines = payloads(events, "console");
  assert.ok(
    lines.some(
      (/** @type {ConsoleLine} */ { level, text }) => level === "log" && text === 'said {tide: "high", at: 3} [1, 2]',
    ),
    JSON.stringify(lines),
  );
  assert.ok(
    lines.some(
      (/** @type {ConsoleLine} */ { level, text, line }) => level === "warning" && text === "warned" && line > 0,
    ),
  );
  assert.ok(
    payloads(events, "exception").some((/** @type {{text: string}} */ { text }) => /nobody catches/.test(text)),
  );
  const requests = payloads(events, "network");
  const [data] = requests.filter((/** @type {{url: string}} */ { url }) => url === `${site.url}/data?key=1`);
  assert.deepEqual([data.method, data.status, data.type, data.mimeType], ["GET", 200, "Fetch", "text/html"]);
  assert.ok(Math.abs(Date.now() - data.startedAt) < 60_000 && data.durationMs >= 0 && data.bytes > 0);
  assert.equal(requests.find((/** @type {{url: string}} */ { url }) => url === `${site.url}/missing`).status, 404);
  assert.doesNotMatch(JSON.stringify(events), /secret-/);

  const { body: har } = await project.call("GET", `/v1/sessions/${session.id}/events?format=har`);
  expectHar(har);
  assert.deepEqual(
    har.log.entries.map((/** @type {HarEntry} */ { request }) => request.url),
    requests.map((/** @type {{url: string}} */ { url }) => url),
  );
  const entry = har.log.entries.find((/** @type {HarEntry} */ { request }) => request.url.endsWith("/data?key=1"));
  assert.deepEqual(entry.request.queryString, [{ name: "key", value: "1" }]);
  const its = har.log.pages.find((/** @type {{id: string}} */ { id }) => id === entry.pageref);
  assert.equal(its.title, `${site.url}/fetch`);
  assert.doesNotMatch(JSON.stringify(har), /secret-/);
  await browser.disconnect();
});

/**
 * Checks an archive against HAR 1.2: what the specification calls required.
 *
 * @param {{log: any}} archive
 */
function expectHar({ log }) {
  const required = {
    entry: ["startedDateTime", "time", "request", "response", "cache", "timings"],
    request: ["method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"],
    response: [
      "status",
      "statusText",
      "httpVersion",
      "cookies",
      "headers",
      "content",
      "redirectURL",
      "headersSize",
      "bodySize",
    ],
  };
  assert.equal(log.version, "1.2");
  assert.ok(log.creator.name && log.creator.version);
  for (const { startedDateTime, id, title, pageTimings } of log.pages) {
    assert.ok(!Number.isNaN(Date.parse(startedDateTime)) && id && typeof title === "string" && pageTimings);
  }
  for (const entry of log.entries) {
    for (const name of required.entry) assert.ok(name in entry, name);
    for (const name of required.request) assert.ok(name in entry.request, name);
    for (const name of required.response) assert.ok(name in entry.response, name);
    const { send, wait, receive } = entry.timings;
    assert.equal(send + wait + receive, entry.time);
    assert.ok(!Number.isNaN(Date.parse(entry.startedDateTime)));
    assert.ok("size" in entry.response.content && "mimeType" in entry.response.content);
  }
}

test("styles that a script inserts are in the next snapshot", async () => {
  const { project, session, browser, page } = await begin();
  await page.goto(`${site.url}/styled`);
  const isSeen = async () => JSON.stringify(await readEvents(project, session.id)).includes("rgb(1, 2, 3)");
  await until("the inserted rule is recorded", isSeen, 20_000);
  await project.release(session.id);
  await browser.disconnect();
});

test("a hostile page can't detect, stop or impersonate the recorder", async () => {
  const { project, session, browser, page } = await begin();
  await page.goto(`${site.url}/hostile`);
  const { result } = await (await page.createCDPSession()).send("Runtime.evaluate", {
    expression: "window.found.length",
  });
  assert.equal(result.value, 0);
  await page.goto(`${site.url}/form`);
  const { session: over, events } = await releaseAndRead(project, session.id);
  assert.equal(over.recording?.status, "complete");
  const [tab] = tabsAt(events, `${site.url}/hostile`);
  const own = events.filter((event) => event.tab === tab);
  assert.match(JSON.stringify(own.filter(({ type }) => type !== 5)), /"after"/, "it is recorded to its end");
  for (const { url, startedAt } of payloads(own, "network")) assert.ok(url.startsWith("http") && startedAt > 0);
  await browser.disconnect();
});

test("a page that changes without end is limited, and recorded again after it stops", async () => {
  const { project, session, browser, page } = await begin();
  await page.goto(`${site.url}/churn`);
  const gaps = async () => payloads(await readEvents(project, session.id), "gap");
  const [gap] = await until(
    "a gap is listed",
    async () => ((found) => found.length > 0 && found)(await gaps()),
    40_000,
  );
  assert.match(gap.why, /too fast/);
  assert.ok(gap.to - gap.from >= 5_000);
  assert.ok((await page.evaluate(() => Number(Reflect.get(window, "churned")))) > 20, "the page goes on");
  const { session: over, events } = await releaseAndRead(project, session.id);
  assert.equal(over.recording?.status, "incomplete");
  const again = events.findIndex(({ data }) => data.tag === "gap");
  assert.ok(
    events.slice(again).some(({ type }) => type === 2),
    "a whole picture after the gap",
  );
  await browser.disconnect();
});

test("playwright's steps are recorded like puppeteer's", async () => {
  const project = service.project();
  const session = await project.create({ adapter: "playwright", recording: { maskInputs: false } });
  const browser = await chromium.connectOverCDP(session.websocketUrl);
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${site.url}/form`);
  await page.fill("#name", "typed by playwright");
  await page.goto(`${site.other}/opener`);
  const [popup] = await Promise.all([page.waitForEvent("popup"), page.click("button")]);
  await popup.waitForSelector("#popup");
  const { session: over, events } = await releaseAndRead(project, session.id);
  assert.equal(over.recording?.status, "complete");
  assert.ok(inputTexts(events).includes("typed by playwright"));
  assert.equal(tabsAt(events, `${site.other}/popup`).length, 1);
  await browser.close();
});

test("a session without recording has no recorder", async () => {
  const { project, session, browser, page } = await begin({ recording: false });
  await page.goto(`${site.url}/form`);
  await project.release(session.id);
  const answer = await project.call("GET", `/v1/sessions/${session.id}/events`);
  assert.deepEqual([answer.status, answer.body.code], [404, "recording_not_found"]);
  const { recording, eventCount } = await project.get(session.id);
  assert.deepEqual([recording, eventCount], [undefined, 0]);
  await browser.disconnect();
});

test("events are read in pages, during and after the recording", async () => {
  const { project, session, browser, page } = await begin();
  await page.goto(`${site.url}/form`);
  await until("something is stored", async () => (await project.get(session.id)).eventCount > 0);
  const live = await project.call("GET", `/v1/sessions/${session.id}/events?limit=2`);
  assert.equal(live.body.length, 2);
  assert.ok(live.headers.get("next-cursor"), "more may come");
  assert.equal(live.headers.get("content-encoding"), "gzip");
  const { events } = await releaseAndRead(project, session.id);
  assert.deepEqual(events.slice(0, 2), live.body);
  assert.deepEqual(await readEvents(project, session.id, 3), events);
  const last = await project.call("GET", `/v1/sessions/${session.id}/events?limit=${events.length}`);
  assert.deepEqual([last.body.length, last.headers.get("next-cursor")], [events.length, null]);
  await browser.disconnect();
});
