// The limits of an account: how many browsers at once, and how fast.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openBrowserRun } from "./caller.mjs";

/** @import { Caller } from "./caller.mjs" */

/** @param {Caller} caller */
const limitsOf = (caller) => caller.get("/v1/limits");

test("above its number of browsers, an account gets a 429 until one has ended", async (t) => {
  const caller = await openBrowserRun({}, t);
  caller.provider.account.limit({ concurrent: 2 });
  const browsers = [await caller.browser(), await caller.browser()];
  const { activeSessions, maxConcurrentSessions } = await limitsOf(caller);
  assert.deepEqual(
    activeSessions,
    browsers.map(({ id }) => ({ id })),
  );
  assert.equal(maxConcurrentSessions, 2);
  const { status, headers } = await caller.acquire();
  assert.equal(status, 429);
  assert.equal(headers.get("retry-after"), null, "nobody knows when one ends");
  await caller.release(browsers[0]);
  assert.deepEqual((await limitsOf(caller)).activeSessions, [{ id: browsers[1].id }]);
  await caller.browser();
});

test("a browser whose close takes its time holds its place until it has ended", async (t) => {
  const caller = await openBrowserRun({}, t);
  caller.provider.account.limit({ concurrent: 1 });
  caller.provider.account.closingMs = 60_000;
  await caller.release(await caller.browser());
  assert.equal((await caller.acquire()).status, 429);
  caller.provider.clock.pass(60_000);
  await caller.browser();
});

test("faster than its rate, an account gets a 429 that tells when to come back, and limits say the same", async (t) => {
  const caller = await openBrowserRun({}, t);
  const { account, clock } = caller.provider;
  account.limit({ everyMs: 20_000 });
  const before = await limitsOf(caller);
  assert.deepEqual([before.allowedBrowserAcquisitions, before.timeUntilNextAllowedBrowserAcquisition], [1, 0]);
  await caller.browser();
  const { allowedBrowserAcquisitions, timeUntilNextAllowedBrowserAcquisition } = await limitsOf(caller);
  assert.equal(allowedBrowserAcquisitions, 0);
  assert.ok(timeUntilNextAllowedBrowserAcquisition > 15_000 && timeUntilNextAllowedBrowserAcquisition <= 20_000);
  const { status, headers } = await caller.acquire();
  assert.equal(status, 429);
  const seconds = Number(headers.get("retry-after"));
  assert.ok(seconds > 15 && seconds <= 20, `${seconds} s`);
  clock.pass(seconds * 1000);
  await caller.browser();
  assert.equal((await caller.acquire()).status, 429, "one refusal costs nothing, and one start all");
});

test("after a pause so many may start at once as the account's rate allows, and no more", async (t) => {
  const caller = await openBrowserRun({}, t);
  const { account, clock } = caller.provider;
  account.limit({ everyMs: 60_000, atOnce: 3 });
  for (const left of [2, 1, 0]) {
    await caller.browser();
    assert.equal((await limitsOf(caller)).allowedBrowserAcquisitions, left);
  }
  assert.equal((await caller.acquire()).status, 429);
  clock.pass(60_000);
  assert.equal((await limitsOf(caller)).allowedBrowserAcquisitions, 1);
  clock.pass(600_000);
  assert.equal((await limitsOf(caller)).allowedBrowserAcquisitions, 3, "what is not used is not kept for ever");
});

test("an account has no limits that a test would notice until it sets some, and once it takes them back", async (t) => {
  const caller = await openBrowserRun({}, t);
  caller.provider.account.limit({ concurrent: 0 });
  assert.equal((await caller.acquire()).status, 429);
  caller.provider.account.limit();
  for (let n = 0; n < 50; n += 1) await caller.browser();
  const limits = await limitsOf(caller);
  assert.ok(limits.maxConcurrentSessions >= 100_000 && limits.allowedBrowserAcquisitions >= 100_000);
  assert.equal(limits.timeUntilNextAllowedBrowserAcquisition, 0);
});

test("a browser that somebody else has started counts as well", async (t) => {
  const caller = await openBrowserRun({}, t);
  caller.provider.account.limit({ concurrent: 1 });
  caller.provider.openBrowser();
  assert.equal((await caller.acquire()).status, 429);
});
