// What the charts draw of an answer about usage.

import assert from "node:assert/strict";
import { test } from "node:test";

import { liveOf, minutesOf, periodsOf, reasonsOf, todayOf, usageQuery } from "../../www/dashboard/usage.js";

/** @import { UsagePeriod } from "../../src/client/types.ts" */

const NOW = Date.parse("2026-11-23T03:30:00Z");
/**
 * @param {string} start
 * @param {Partial<UsagePeriod>} [more]
 */
const period = (start, more) => ({
  start,
  browserSeconds: 0,
  sessions: 0,
  failures: 0,
  endsByReason: {},
  livePeak: 0,
  liveAtEnd: 0,
  ...more,
});

test("a range requests full days, by the hour if there are few", () => {
  assert.deepEqual(usageQuery("24h", NOW), { from: "2026-11-22", to: "2026-11-23", by: "hour" });
  assert.deepEqual(usageQuery("7d", NOW), { from: "2026-11-17", to: "2026-11-23", by: "hour" });
  assert.deepEqual(usageQuery("30d", NOW), { from: "2026-10-25", to: "2026-11-23", by: "day" });
});

test("a range of 24 hours shows the last 24 hours that have begun", () => {
  const hours = Array.from({ length: 48 }, (_, hour) => period(new Date(Date.UTC(2026, 10, 22, hour)).toISOString()));
  const drawn = periodsOf({ periods: hours }, "24h", NOW);
  assert.deepEqual(
    [drawn.length, drawn[0].start, drawn.at(-1)?.start],
    [24, "2026-11-22T04:00:00.000Z", "2026-11-23T03:00:00.000Z"],
  );
  assert.equal(periodsOf({ periods: hours }, "7d", NOW).length, 28);
});

test("minutes are summed by day, or by hour for a single day", () => {
  const hours = [
    period("2026-11-22T22:00:00.000Z", { browserSeconds: 60 }),
    period("2026-11-22T23:00:00.000Z", { browserSeconds: 30 }),
    period("2026-11-23T00:00:00.000Z", { browserSeconds: 600 }),
  ];
  const days = [Date.UTC(2026, 10, 22) / 1000, Date.UTC(2026, 10, 23) / 1000];
  assert.deepEqual(minutesOf(hours, "7d"), [days, [1.5, 10]]);
  assert.deepEqual(minutesOf(hours, "24h")[1], [1, 0.5, 10]);
});

test("peaks are shown unchanged", () => {
  assert.deepEqual(liveOf([period("2026-11-22T22:00:00.000Z", { livePeak: 7 })]), [
    [Date.UTC(2026, 10, 22, 22) / 1000],
    [7],
  ]);
});

test("reasons are summed, the most frequent first", () => {
  const periods = [
    period("x", { endsByReason: { timeout: 1, user_requested: 2 } }),
    period("y", { endsByReason: { timeout: 4, browser_lost: 2 } }),
  ];
  assert.deepEqual(reasonsOf(periods), [
    ["timeout", 5],
    ["browser_lost", 2],
    ["user_requested", 2],
  ]);
  assert.deepEqual(reasonsOf([]), []);
});

test("today is the sum of its periods", () => {
  const periods = [
    period("2026-11-22T23:00:00.000Z", { sessions: 9 }),
    period("2026-11-23T00:00:00.000Z", { sessions: 1, browserSeconds: 5 }),
    period("2026-11-23T01:00:00.000Z", { sessions: 2, failures: 1 }),
  ];
  assert.deepEqual(todayOf({ periods }, NOW), { browserSeconds: 5, sessions: 3, failures: 1 });
});
