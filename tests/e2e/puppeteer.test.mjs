// puppeteer-core, as published, on sessions of the service.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import puppeteer from "puppeteer-core";

import { openService } from "./service.mjs";
import { chromePid, connectCdp } from "../support/cdp.mjs";
import { handshake } from "../support/handshake.mjs";
import { until } from "../support/waits.mjs";
import { openTideSite } from "./site.mjs";

/** @import { Browser } from "puppeteer-core" */

const service = await openService();
const site = await openTideSite();
after(async () => {
  await service.dispose();
  await site.close();
});

/**
 * Without a viewport of its own, so that a page is as large as the window lets it be.
 *
 * @param {{websocketUrl: string}} options
 */
const connect = ({ websocketUrl }) => puppeteer.connect({ browserWSEndpoint: websocketUrl, defaultViewport: null });

/** @param {Browser} browser */
const isDisconnected = (browser) => until("the client is disconnected", () => !browser.connected);

test("a session keeps its state between two connections", async () => {
  const project = service.project();
  const session = await project.create({ adapter: "puppeteer" });
  assert.equal(session.status, "live");
  assert.equal(service.chromes().length, 1);

  const first = await connect(session);
  const page = await first.newPage();
  await page.goto(`${site.url}/`);
  assert.equal(await page.evaluate(() => document.querySelector("h1")?.textContent), "High water");
  const png = await page.screenshot();
  assert.deepEqual([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47], "a PNG");
  await page.evaluate(() => {
    Reflect.set(globalThis, "kept", 42);
    // biome-ignore lint/suspicious/noDocumentCookie: as pages set one
    document.cookie = "kept=yes";
  });
  await first.disconnect();

  const second = await connect(session);
  const again = (await second.pages()).find((found) => found.url() === `${site.url}/`);
  assert.deepEqual(await again?.evaluate(() => [Reflect.get(globalThis, "kept"), document.cookie]), [42, "kept=yes"]);

  const { success, session: released } = await project.release(session.id);
  assert.equal(success, true);
  assert.equal(released.status, "released");
  assert.equal(released.releaseReason, "user_requested");
  await isDisconnected(second);
  await service.untilChromes(0);
});

test("a released session refuses a connection", async () => {
  const project = service.project();
  const session = await project.create();
  await project.release(session.id);
  // puppeteer rejects with the socket's error event, which is no Error.
  await assert.rejects(connect(session), ({ message }) => /410/.test(message));
  const { status, body } = await handshake(session.websocketUrl);
  assert.equal(status, 410);
  assert.equal(body.code, "session_gone");
});

test("a missing, altered or other session's token opens nothing", async () => {
  const project = service.project();
  const [session, other] = await Promise.all([project.create(), project.create()]);
  const viewTokens = [session.sessionViewerUrl, session.sessionWatchUrl].map((url) =>
    new URL(url).searchParams.get("token"),
  );
  const bare = session.websocketUrl.split("?")[0];
  const { search } = new URL(other.websocketUrl);
  for (const [url, expected] of /** @type {const} */ ([
    [bare, 401],
    [session.websocketUrl.slice(0, -2), 401],
    [`${bare}${search}`, 401],
    ...viewTokens.map((token) => /** @type {const} */ ([`${bare}?token=${token}`, 403])),
  ])) {
    assert.equal((await handshake(url)).status, expected, url);
  }
  const stranger = service.project();
  assert.equal((await handshake(bare, stranger.headers)).status, 404, "another project's key");
  const { status, socket } = await handshake(bare, project.headers);
  assert.equal(status, 101, "the project's own key");
  socket?.terminate();
});

for (const dimensions of [undefined, { width: 1280, height: 800 }, { width: 511, height: 733 }]) {
  const asked = dimensions ? `${dimensions.width} by ${dimensions.height}` : "nothing";
  test(`dimensions are the real window's if ${asked} was requested`, async () => {
    const session = await service.project().create({ dimensions });
    if (dimensions) assert.deepEqual(session.dimensions, dimensions);
    const browser = await connect(session);
    // One at a time: Chrome tells a tab that is not in front that its window is as small as its content.
    for (const open of [async () => (await browser.pages())[0], () => browser.newPage()]) {
      const page = await open();
      const outer = await page.evaluate(() => ({ width: outerWidth, height: outerHeight }));
      assert.deepEqual(outer, session.dimensions);
      const cdp = await page.createCDPSession();
      const { bounds } = await cdp.send("Browser.getWindowForTarget");
      assert.deepEqual({ width: bounds.width, height: bounds.height }, session.dimensions);
    }
    await browser.disconnect();
  });
}

test("a client that closes its browser ends the session within 10 s, as lost", async () => {
  const project = service.project();
  const session = await project.create();
  const browser = await connect(session);
  await browser.close();
  const ended = await project.ended(session.id, 10_000);
  assert.equal(ended.status, "failed");
  assert.equal(ended.releaseReason, "browser_lost");
  await service.untilChromes(0);
});

test("several clients share one session, and a disconnect changes nothing for the others", async () => {
  const project = service.project();
  const session = await project.create();
  const clients = await Promise.all([1, 2, 3].map(() => connect(session)));
  assert.equal(service.chromes().length, 1);
  const [one, two, three] = clients;
  const page = await one.newPage();
  await page.goto(`${site.url}/shared`);
  /** @param {Browser} browser */
  const sees = (browser) =>
    until("the tab is seen", async () => (await browser.pages()).find((found) => found.url() === `${site.url}/shared`));
  await sees(two);
  await one.disconnect();
  assert.equal(await (await sees(three)).title(), "Tide");
  await project.release(session.id);
  await Promise.all([two, three].map(isDisconnected));
});

test("a tab has its own socket, which closes with the session", async () => {
  const project = service.project();
  const session = await project.create();
  const [tab] = (await project.expect(200, "GET", `/v1/sessions/${session.id}/json/list`)).filter(
    (/** @type {{type: string}} */ { type }) => type === "page",
  );
  const cdp = await connectCdp(tab.webSocketDebuggerUrl);
  await cdp.send("Page.navigate", { url: `${site.url}/tab` });
  const read = async () => (await cdp.send("Runtime.evaluate", { expression: "document.title" })).result.value;
  await until("the page is there", async () => (await read()) === "Tide");

  const unknown = await handshake(tab.webSocketDebuggerUrl.replace(tab.id, "0".repeat(32)));
  assert.equal(unknown.status, 404);
  assert.equal(unknown.body.code, "target_not_found");

  await project.release(session.id);
  await cdp.closed;
  assert.equal((await handshake(tab.webSocketDebuggerUrl)).status, 410);
});

test("a session ends with its browser at its timeout, and never early", async () => {
  const project = service.project();
  const session = await project.create({ timeout: 1500 });
  const expiresAt = Date.parse(session.expiresAt);
  assert.equal(expiresAt - Date.parse(session.createdAt), 1500);
  const browser = await connect(session);
  let disconnectedAt = 0;
  browser.once("disconnected", () => (disconnectedAt = Date.now()));
  // Nothing is asked of the service meanwhile: an alarm ends it, not a visitor.
  await service.untilChromes(0);
  const goneAt = Date.now();
  assert.ok(goneAt >= expiresAt, `gone ${expiresAt - goneAt} ms early`);
  await isDisconnected(browser);
  assert.ok(disconnectedAt >= expiresAt, `cut ${expiresAt - disconnectedAt} ms early`);
  const ended = await project.get(session.id);
  assert.equal(ended.status, "released");
  assert.equal(ended.releaseReason, "timeout");
  assert.ok(Date.parse(`${ended.endedAt}`) >= expiresAt, `ended ${ended.endedAt}, due ${session.expiresAt}`);
});

test("a longer timeout keeps a session live, and a shorter one ends it", async () => {
  const project = service.project();
  const session = await project.create({ timeout: 1500 });
  const [other] = await Promise.all([
    project.create({ timeout: 1500 }),
    project.expect(200, "PATCH", `/v1/sessions/${session.id}`, { body: { timeout: 60_000 } }),
  ]);
  await project.ended(other.id);
  assert.equal((await project.get(session.id)).status, "live");
  const browser = await connect(session);
  assert.equal((await browser.pages()).length, 1);
  await project.expect(200, "PATCH", `/v1/sessions/${session.id}`, { body: { timeout: 1000 } });
  assert.equal((await project.ended(session.id)).releaseReason, "timeout");
  await isDisconnected(browser);
});

test("a pending navigation is rejected when the session is released", async () => {
  const project = service.project();
  const session = await project.create();
  const browser = await connect(session);
  const page = await browser.newPage();
  const navigation = assert.rejects(page.goto(`${site.url}/silent`, { timeout: 0 }), /ERR_ABORTED|detached|closed/);
  await until("the navigation has begun", () => site.seen.includes("/silent"));
  await project.release(session.id);
  await navigation;
  await isDisconnected(browser);
});

test("eight concurrent sessions have eight browsers, and one release-all ends all", async () => {
  const project = service.project();
  const sessions = await Promise.all(Array.from({ length: 8 }, () => project.create()));
  assert.equal(new Set(sessions.map(({ id }) => id)).size, 8);
  assert.deepEqual(
    sessions.map(({ status }) => status),
    Array(8).fill("live"),
  );
  const running = service.chromes().map(({ pid }) => pid);
  const theirs = await Promise.all(sessions.map(chromePid));
  assert.deepEqual(theirs.toSorted(), running.toSorted(), "each session has a Chrome of its own");

  const { results } = await project.releaseAll();
  assert.deepEqual(results.map(({ id }) => id).toSorted(), sessions.map(({ id }) => id).toSorted());
  assert.equal((await project.list("?status=live")).totalCount, 0);
  await service.untilChromes(0);
});

test("a release-all by owner ends no other owner's sessions", async () => {
  const project = service.project();
  const stranger = service.project();
  const [mine, theirs, nobodys, strangers] = await Promise.all([
    project.create({ owner: "mine" }),
    project.create({ owner: "theirs" }),
    project.create(),
    stranger.create({ owner: "mine" }),
  ]);
  const dry = await project.releaseAll("?owner=mine&dryRun=true");
  assert.deepEqual(dry.results, [{ id: mine.id, outcome: "would_release" }]);
  assert.equal((await project.get(mine.id)).status, "live");

  const { results } = await project.releaseAll("?owner=mine");
  assert.deepEqual(
    results.map(({ id }) => id),
    [mine.id],
  );
  await service.untilChromes(3);
  assert.equal((await project.get(mine.id)).status, "released");
  for (const [tenant, session] of /** @type {const} */ ([
    [project, theirs],
    [project, nobodys],
    [stranger, strangers],
  ])) {
    const browser = await connect(session);
    assert.equal((await browser.pages()).length, 1);
    await browser.disconnect();
    assert.equal((await tenant.get(session.id)).status, "live");
  }
  await project.releaseAll();
  assert.equal((await stranger.get(strangers.id)).status, "live", "another project's is no business of this one");
  await project.expect(404, "GET", `/v1/sessions/${strangers.id}`);
  await project.expect(404, "POST", `/v1/sessions/${strangers.id}/release`);
});

test("messages of 8 MB pass in both directions", async () => {
  const length = 8 * 1024 * 1024;
  const browser = await connect(await service.project().create());
  const page = await browser.newPage();
  assert.equal(await page.evaluate((text) => text.length, "t".repeat(length)), length);
  const received = await page.evaluate((count) => "w".repeat(count), length);
  assert.equal(received.length, length);
  await browser.disconnect();
});
