// How browsers end, and what the history says of it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { until, within } from "../support/waits.mjs";
import { openBrowserRun } from "./caller.mjs";

/**
 * @import { Browser } from "./browser.mjs"
 * @import { Caller } from "./caller.mjs"
 */

const MINUTE_MS = 60_000;
// The provider's clock runs on by itself as well: so much a busy machine may need for what is to happen before a time.
const MARGIN_MS = 20_000;

/**
 * The browser must be gone, for this reason.
 *
 * @param {Caller} caller
 * @param {Browser} browser
 * @param {number | string} closeReason
 * @param {string | number} closeReasonText
 */
async function checkEnded(caller, browser, closeReason, closeReasonText) {
  assert.equal((await caller.look(browser)).status, 404);
  assert.ok(!(await caller.listed()).includes(browser.id));
  const { sessionId, startTime, endTime, ...why } = await caller.recorded(browser);
  assert.deepEqual([sessionId, startTime], [browser.id, browser.startTime]);
  assert.ok(endTime >= startTime);
  assert.deepEqual(why, { closeReason, closeReasonText });
}

describe("a browser without a command", () => {
  test("is closed after a minute and not earlier", async (t) => {
    const caller = await openBrowserRun({}, t);
    const browser = await caller.browser();
    const client = await caller.connect(browser);
    caller.provider.clock.pass(MINUTE_MS - MARGIN_MS);
    assert.equal((await caller.look(browser)).status, 200);
    caller.provider.clock.pass(MARGIN_MS);
    await within("the cut", client.closed);
    await checkEnded(caller, browser, 2, "BrowserIdle");
  });

  for (const [name, keepAlive, limit] of /** @type {const} */ ([
    ["after keep_alive", 300_000, 300_000],
    ["after ten minutes at most", 3_600_000, 600_000],
    ["after a minute at least", 1000, 60_000],
  ])) {
    test(`is closed ${name}`, async (t) => {
      const caller = await openBrowserRun({}, t);
      const browser = await caller.browser(keepAlive);
      caller.provider.clock.pass(limit - MARGIN_MS);
      assert.ok(browser.alive);
      caller.provider.clock.pass(MARGIN_MS);
      await checkEnded(caller, browser, 2, "BrowserIdle");
    });
  }

  test("is closed in real time as well, at its limit", async (t) => {
    const caller = await openBrowserRun({ idleMs: 300 }, t);
    const browser = await caller.browser();
    await until("it is closed", () => !browser.alive);
    const lived = Number(browser.endTime) - browser.startTime;
    assert.ok(lived >= 300 && lived < 3000, `${lived} ms`);
  });

  test("is idle although clients stay connected, read it and send other messages", async (t) => {
    const caller = await openBrowserRun({}, t);
    const browser = await caller.browser();
    caller.provider.clock.pass(MINUTE_MS - MARGIN_MS);
    const client = await caller.connect(browser);
    client.socket.send("still there");
    await client.next();
    await caller.look(browser);
    caller.provider.clock.pass(MARGIN_MS);
    await checkEnded(caller, browser, 2, "BrowserIdle");
  });

  test("stays open with each command, over any of its sockets", async (t) => {
    const caller = await openBrowserRun({}, t);
    const browser = await caller.browser();
    const clients = [await caller.connect(browser), await caller.connect(browser, browser.targets[0].id)];
    for (const client of [...clients, ...clients]) {
      caller.provider.clock.pass(MINUTE_MS - MARGIN_MS);
      await client.command("Browser.getVersion");
    }
    caller.provider.clock.pass(MINUTE_MS - MARGIN_MS);
    assert.ok(browser.alive);
    caller.provider.clock.pass(MARGIN_MS);
    await checkEnded(caller, browser, 2, "BrowserIdle");
  });

  test("is idle by its own limit: the browser with the shortest limit ends first", async (t) => {
    const caller = await openBrowserRun({}, t);
    const browsers = new Map();
    for (const seconds of [90, 60, 600, 75, 120]) browsers.set(seconds, await caller.browser(seconds * 1000));
    caller.provider.clock.pass(10 * MINUTE_MS);
    const { history } = await caller.get("/v1/history");
    const order = [60, 75, 90, 120, 600].map((seconds) => browsers.get(seconds).id);
    assert.deepEqual(
      history.map((/** @type {{sessionId: string}} */ { sessionId }) => sessionId),
      order.reverse(),
    );
  });
});

describe("a close", () => {
  test("ends the browser, closes its sockets, and is a normal closure", async (t) => {
    const caller = await openBrowserRun({}, t);
    const browser = await caller.browser();
    const client = await caller.connect(browser);
    assert.deepEqual((await caller.release(browser)).body, { status: "closed" });
    assert.equal((await within("the cut", client.closed)).code, 1006);
    await checkEnded(caller, browser, 1, "NormalClosure");
  });

  test("that is slow answers closing first, and closed after it", async (t) => {
    const caller = await openBrowserRun({}, t);
    caller.provider.account.closingMs = MINUTE_MS;
    const browser = await caller.browser(10 * MINUTE_MS);
    assert.deepEqual((await caller.release(browser)).body, { status: "closing" });
    caller.provider.clock.pass(MINUTE_MS / 2);
    assert.deepEqual((await caller.release(browser)).body, { status: "closing" });
    assert.equal((await caller.look(browser)).status, 200, "it still runs");
    assert.deepEqual(await caller.listed(), [browser.id]);
    caller.provider.clock.pass(MINUTE_MS / 2);
    assert.deepEqual((await caller.release(browser)).body, { status: "closed" });
    await checkEnded(caller, browser, 1, "NormalClosure");
  });

  test("over CDP is answered, and ends the browser for all clients", async (t) => {
    const caller = await openBrowserRun({}, t);
    const browser = await caller.browser();
    const [asks, other] = [await caller.connect(browser, browser.targets[0].id), await caller.connect(browser)];
    assert.deepEqual(await asks.command("Browser.close"), {});
    for (const client of [asks, other]) await within("the cut", client.closed);
    await checkEnded(caller, browser, 1, "NormalClosure");
    assert.equal((await caller.release(browser)).status, 404);
  });
});

describe("a browser that ends by itself", () => {
  for (const [name, end, code, text] of /** @type {const} */ ([
    ["a crash", "kill", 3, "ChromiumCrashed"],
    ["an eviction", "evict", 5, "SessionEvicted"],
  ])) {
    test(`by ${name} aborts its sockets, and the history has the reason`, async (t) => {
      const caller = await openBrowserRun({}, t);
      const [browser, other] = [await caller.browser(), await caller.browser()];
      const clients = [await caller.connect(browser), await caller.connect(browser, browser.targets[0].id)];
      caller.provider[end](browser);
      for (const client of clients) assert.equal((await within("the cut", client.closed)).code, 1006);
      await checkEnded(caller, browser, code, text);
      assert.equal((await caller.release(browser)).status, 404);
      caller.provider.kill(browser);
      caller.provider.clock.pass(MINUTE_MS);
      await checkEnded(caller, browser, code, text);
      await checkEnded(caller, other, 2, "BrowserIdle");
    });
  }
});

test("the history lists running and ended browsers, the newest first", async (t) => {
  const caller = await openBrowserRun({}, t);
  const [first, second, third] = [await caller.browser(), await caller.browser(), await caller.browser()];
  await caller.release(third);
  await caller.release(first);
  const { history } = await caller.get("/v1/history");
  assert.deepEqual(
    history.map((/** @type {{sessionId: string}} */ { sessionId }) => sessionId),
    [second.id, first.id, third.id],
  );
  assert.deepEqual(history[0], { sessionId: second.id, startTime: second.startTime });
});
