// playwright-core, as published, on sessions of the service, in each of its ways to connect.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { chromium } from "playwright-core";

import { openService } from "./service.mjs";
import { until } from "../support/waits.mjs";
import { openTideSite } from "./site.mjs";

/**
 * @import { Browser } from "playwright-core"
 * @import { SessionData } from "../../src/client/types.ts"
 * @import { HeaderValues } from "../support/http.mjs"
 */

const service = await openService();
const site = await openTideSite();
after(async () => {
  await service.dispose();
  await site.close();
});

/** @param {{websocketUrl: string}} options */
const token = ({ websocketUrl }) => new URL(websocketUrl).searchParams.get("token");
/** @param {{id: string}} options */
const httpUrl = ({ id }) => `${service.url}/v1/sessions/${id}`;

const WAYS = {
  "the socket's URL": (/** @type {SessionData} */ session) => chromium.connectOverCDP(session.websocketUrl),
  "the session's URL and a token": (/** @type {SessionData} */ session) =>
    chromium.connectOverCDP(`${httpUrl(session)}?token=${token(session)}`),
  "the session's URL and a key": (
    /** @type {SessionData} */ session,
    /** @type {{headers: Record<string, string>}} */ { headers },
  ) => chromium.connectOverCDP(httpUrl(session), { headers }),
  "the socket's URL and a key": (
    /** @type {SessionData} */ session,
    /** @type {{headers: Record<string, string>}} */ { headers },
  ) => chromium.connectOverCDP(session.websocketUrl.split("?")[0], { headers }),
};

/** @param {Browser} browser */
const isDisconnected = (browser) => until("the client is disconnected", () => !browser.isConnected());

for (const [way, connect] of Object.entries(WAYS)) {
  test(`by ${way}: a session keeps its state between two connections`, async () => {
    const project = service.project();
    const session = await project.create({ adapter: "playwright" });
    const first = await connect(session, project);
    const page = await first.contexts()[0].newPage();
    await page.goto(`${site.url}/`);
    assert.equal(await page.locator("h1").textContent(), "High water");
    const png = await page.screenshot();
    assert.deepEqual([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47], "a PNG");
    await page.evaluate(() => {
      Reflect.set(globalThis, "kept", 42);
      // biome-ignore lint/suspicious/noDocumentCookie: as pages set one
      document.cookie = "kept=yes";
    });
    await first.close();
    assert.equal((await project.get(session.id)).status, "live", "to playwright, a close is a disconnect");

    const second = await connect(session, project);
    const again = second
      .contexts()[0]
      .pages()
      .find((found) => found.url() === `${site.url}/`);
    assert.deepEqual(await again?.evaluate(() => [Reflect.get(globalThis, "kept"), document.cookie]), [42, "kept=yes"]);

    await project.release(session.id);
    await isDisconnected(second);
    await service.untilChromes(0);
    await assert.rejects(connect(session, project), /410/);
  });
}

test("pages have the size of the requested window without its frame", async () => {
  const session = await service.project().create({ adapter: "playwright", dimensions: { width: 1111, height: 777 } });
  const browser = await WAYS["the socket's URL"](session);
  const [page] = browser.contexts()[0].pages();
  const outer = await page.evaluate(() => ({ width: outerWidth, height: outerHeight }));
  assert.deepEqual(outer, session.dimensions);
  await browser.close();
});

test("contexts of two clients are separate, and a disconnect changes nothing for the other client", async () => {
  const project = service.project();
  const session = await project.create({ adapter: "playwright" });
  const [one, two] = await Promise.all([1, 2].map(() => WAYS["the socket's URL"](session)));
  assert.equal(service.chromes().length, 1);
  const pages = await Promise.all([one, two].map(async (browser) => (await browser.newContext()).newPage()));
  await Promise.all(pages.map((page) => page.goto(`${site.url}/`)));
  await pages[0].evaluate(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: as pages set one
    document.cookie = "of=one";
  });
  assert.equal(await pages[1].evaluate(() => document.cookie), "");
  await one.close();
  assert.equal(await pages[1].title(), "Tide");
  await project.release(session.id);
  await isDisconnected(two);
});

test("a pending navigation is rejected when the session is released", async () => {
  const project = service.project();
  const session = await project.create({ adapter: "playwright" });
  const browser = await WAYS["the socket's URL"](session);
  const [page] = browser.contexts()[0].pages();
  const navigation = assert.rejects(page.goto(`${site.url}/silent`, { timeout: 0 }), /ERR_ABORTED|closed|detached/);
  await until("the navigation has begun", () => site.seen.includes("/silent"));
  await project.release(session.id);
  await navigation;
  await isDisconnected(browser);
});

test("a session ends at its timeout while a client works", async () => {
  const project = service.project();
  const session = await project.create({ adapter: "playwright", timeout: 1500 });
  const browser = await WAYS["the session's URL and a token"](session);
  const [page] = browser.contexts()[0].pages();
  const forever = assert.rejects(
    page.evaluate(() => new Promise(() => {})),
    /closed/,
  );
  await service.untilChromes(0);
  const goneAt = Date.now();
  assert.ok(goneAt >= Date.parse(session.expiresAt), "early");
  await forever;
  await isDisconnected(browser);
  assert.equal((await project.get(session.id)).releaseReason, "timeout");
});

test("messages of 8 MB pass in both directions", async () => {
  const length = 8 * 1024 * 1024;
  const browser = await WAYS["the socket's URL"](await service.project().create());
  const [page] = browser.contexts()[0].pages();
  assert.equal(await page.evaluate((text) => text.length, "t".repeat(length)), length);
  const received = await page.evaluate((count) => "w".repeat(count), length);
  assert.equal(received.length, length);
  await browser.close();
});
