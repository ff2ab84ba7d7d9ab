// The cron trigger is fired each minute, on the minute, and never twice at a time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { startCron } from "../../scripts/serve/cron.mjs";

/** @import { Miniflare } from "miniflare" */

const MINUTE_MS = 60_000;

/** A platform whose Worker ends each call when the test says so; `fired` holds the times. */
function fakePlatform({ end = () => Promise.resolve({ outcome: "ok" }) } = {}) {
  /** @type {number[]} */
  const fired = [];
  const scheduled = (/** @type {{cron: string}} */ { cron }) => {
    assert.equal(cron, "* * * * *");
    fired.push(Date.now());
    return end();
  };
  const mf = /** @type {Miniflare} */ (/** @type {unknown} */ ({ getWorker: async () => ({ scheduled }) }));
  return { fired, mf };
}

/**
 * @param {test.TestContext} t
 * @param {number} ms
 */
async function pass(t, ms) {
  t.mock.timers.tick(ms);
  for (let turns = 0; turns < 5; turns += 1) await turn();
}

test("cron fires on the minute, not a minute after the start", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 10 * MINUTE_MS + 45_000 });
  const { fired, mf } = fakePlatform();
  startCron(() => mf);
  await pass(t, 14_999);
  assert.deepEqual(fired, []);
  await pass(t, 1);
  await pass(t, MINUTE_MS);
  assert.deepEqual(fired, [11 * MINUTE_MS, 12 * MINUTE_MS]);
});

test("cron starts no call while one is running, and goes on after it", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  t.mock.method(console, "error", () => {});
  /** @type {PromiseWithResolvers<{outcome: string}>} */
  const call = Promise.withResolvers();
  const { fired, mf } = fakePlatform({ end: () => call.promise });
  startCron(() => mf);
  for (let minute = 0; minute < 3; minute += 1) await pass(t, MINUTE_MS);
  assert.deepEqual(fired, [MINUTE_MS]);
  call.resolve({ outcome: "ok" });
  await pass(t, 0);
  await pass(t, MINUTE_MS);
  assert.deepEqual(fired, [MINUTE_MS, 4 * MINUTE_MS]);
});

test("a failed call is reported, and cron goes on", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  const told = t.mock.method(console, "error", () => {});
  const { fired, mf } = fakePlatform({ end: () => Promise.reject(new Error("no")) });
  startCron(() => mf);
  for (let minute = 0; minute < 2; minute += 1) await pass(t, MINUTE_MS);
  assert.equal(fired.length, 2);
  assert.equal(told.mock.callCount(), 2);
});
