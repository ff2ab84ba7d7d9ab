// The limits of an account: how many browsers at once, and how fast.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openBrowserRun } from "./caller.mjs";

/** @import { Caller } from "./caller.mjs" */

/** @param {Caller} caller */
const limitsOf = (caller) => caller.get("/v1/limits");

test("an account above its number of browsers gets a 429 until a browser has ended", async (t) => {
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
  assert.equal(headers.get("retry-after"), null, "the time of the next end is unknown");
  await caller.release(browsers[0]);
  assert.deepEqual((await limitsOf(caller)).activeSessions, [{ id: browsers[1].id }]);
  await caller.browser();
});

test("a browser whose close is slow counts until it has ended", async (t) => {
  const caller = await openBrowserRun({}, t);
  caller.provider.account.limit({ concurrent: 1 });
  caller.provider.account.closingMs = 60_000;
  await caller.release(await caller.browser());
  assert.equal((await caller.acquire()).status, 429);
  caller.provider.clock.pass(60_000);
  await caller.browser();
});

test("an account above its rate gets a 429 with the time to retry, and limits show the same time", async (t) => {
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

test("an account may start as many browsers after a pause as its rate allows, and no more", async (t) => {
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
  assert.equal((await limitsOf(caller)).allowedBrowserAcquisitions, 3, "the unused allowance is limited");
});

test("an account has no limits that matter to a test until the test sets them, and after it removes them", async (t) => {
  const caller = await openBrowserRun({}, t);
  caller.provider.account.limit({ concurrent: 0 });
  assert.equal((await caller.acquire()).status, 429);
  caller.provider.account.limit();
  for (let n = 0; n < 50; n += 1) await caller.browser();
  const limits = await limitsOf(caller);
  assert.ok(limits.maxConcurrentSessions >= 100_000 && limits.allowedBrowserAcquisitions >= 100_000);
  assert.equal(limits.timeUntilNextAllowedBrowserAcquisition, 0);
});

test("a browser of another client counts as well", async (t) => {
  const caller = await openBrowserRun({}, t);
  caller.provider.account.limit({ concurrent: 1 });
  caller.provider.openBrowser();
  assert.equal((await caller.acquire()).status, 429);
});
