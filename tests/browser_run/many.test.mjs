// Ten thousand browsers are no strain: what a call costs does not grow with their number.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openBrowserRun } from "./caller.mjs";

/**
 * @import { Browser } from "./browser.mjs"
 * @import { Caller } from "./caller.mjs"
 */

const MANY = 10_000;
const AT_ONCE = 16;
// It takes 5 s of work. What takes as much as this does something for each browser at each call.
const WORK_MS_MAX = 30_000;

/**
 * Does something for each, several at a time.
 *
 * @template T
 * @param {T[]} items
 * @param {(item: T) => Promise<unknown>} work
 */
async function each(items, work) {
  const left = items.values();
  const one = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

/**
 * Milliseconds of this process's own work: what else the machine does is not in them.
 *
 * @param {() => Promise<void>} work
 */
async function worked(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

test("10,000 browsers are started, listed, closed, and ended when they are idle", async (t) => {
  const caller = await openBrowserRun({}, t);
  const work = await worked(() => liveAndDie(caller));
  assert.ok(work < WORK_MS_MAX, `${work} ms`);
});

/** @param {Caller} caller */
async function liveAndDie(caller) {
  const { provider } = caller;
  await each(Array(MANY), () => caller.browser(300_000));
  assert.equal(new Set(await caller.listed()).size, MANY);

  const browsers = [...provider.browsers.values()];
  const [kept, idle, closed] = [browsers.slice(0, 100), browsers.slice(100, MANY / 2), browsers.slice(MANY / 2)];
  provider.clock.pass(200_000);
  await each(closed, async (/** @type {Browser} */ browser) =>
    assert.equal((await caller.release(browser)).status, 200),
  );
  await each(kept, async (/** @type {Browser} */ browser) => {
    const client = await caller.connect(browser);
    await client.command("Browser.getVersion");
    await client.close();
  });
  provider.clock.pass(150_000);
  assert.ok(idle.every(({ closeReason }) => closeReason === "BrowserIdle"));
  assert.deepEqual((await caller.listed()).sort(), kept.map(({ id }) => id).sort());
  provider.clock.pass(300_000);
  assert.deepEqual(await caller.listed(), []);
}

test("a start, a list and a close cost the same with 50,000 browsers as with 100", async (t) => {
  const [few, many] = [await openBrowserRun({}, t), await openBrowserRun({}, t)];
  for (let n = 0; n < 100; n += 1) few.provider.openBrowser();
  for (let n = 0; n < 50_000; n += 1) many.provider.openBrowser();
  /** @param {Caller} caller */
  const life = async (caller) => {
    const browser = await caller.browser();
    await caller.look(browser);
    await caller.release(browser);
  };
  /** @param {Caller} caller */
  const block = (caller) => worked(() => each(Array(200), () => life(caller)));
  for (const caller of [few, many]) await block(caller);
  // In turn, and the best of each: whatever disturbs a block adds to it, and never takes away.
  const best = new Map([
    [few, Infinity],
    [many, Infinity],
  ]);
  const timeOf = (/** @type {Caller} */ caller) => best.get(caller) ?? Infinity;
  for (let n = 0; n < 8; n += 1) {
    for (const caller of [few, many]) best.set(caller, Math.min(timeOf(caller), await block(caller)));
  }
  assert.ok(timeOf(many) < 2 * timeOf(few), `${timeOf(many)} ms over ${timeOf(few)} ms for 200`);
});
