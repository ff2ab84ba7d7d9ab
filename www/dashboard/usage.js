// What the charts and tiles show of the service's answer about usage. All days and hours are UTC, as in the answer.

/** @import { Usage, UsagePeriod } from "tidewatch" */
/** @import { Range } from "./address.js" */

/** @typedef {[seconds: number[], values: number[]]} Columns a series as the chart library takes it: x and y values */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = { "24h": 1, "7d": 7, "30d": 30 };

/**
 * What to request: whole days, by the hour if they are few.
 *
 * @param {Range} range
 * @param {number} now in milliseconds since the epoch
 * @returns {{from: string, to: string, by: "day" | "hour"}}
 */
export function usageQuery(range, now) {
  const day = (/** @type {number} */ ms) => new Date(ms).toISOString().slice(0, 10);
  const days = DAYS[range];
  return { from: day(now - (days === 1 ? days : days - 1) * DAY_MS), to: day(now), by: days > 7 ? "day" : "hour" };
}

/**
 * The periods that have begun, and for 24 hours only the last 24.
 *
 * @param {Pick<Usage, "periods">} usage
 * @param {Range} range
 * @param {number} now in milliseconds since the epoch
 */
export function periodsOf({ periods }, range, now) {
  const begun = periods.filter(({ start }) => Date.parse(start) <= now);
  return range === "24h" ? begun.slice(-24) : begun;
}

/**
 * Browser minutes by day, or by hour for 24 hours.
 *
 * @param {UsagePeriod[]} periods
 * @param {Range} range
 */
export function minutesOf(periods, range) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { start, browserSeconds } of periods) {
    const key = range === "24h" ? start : `${start.slice(0, 10)}T00:00:00.000Z`;
    sums.set(key, (sums.get(key) ?? 0) + browserSeconds / 60);
  }
  return columns([...sums]);
}

/**
 * The peak number of concurrent live sessions, by period.
 *
 * @param {UsagePeriod[]} periods
 */
export function liveOf(periods) {
  return columns(periods.map(({ start, livePeak }) => [start, livePeak]));
}

/**
 * How many sessions ended for each reason, the most frequent first.
 *
 * @param {UsagePeriod[]} periods
 */
export function reasonsOf(periods) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { endsByReason } of periods) {
    for (const [reason, count] of Object.entries(endsByReason)) counts.set(reason, (counts.get(reason) ?? 0) + count);
  }
  return [...counts].sort(([a, many], [b, few]) => few - many || (a < b ? -1 : 1));
}

/**
 * The sums of today's periods.
 *
 * @param {Pick<Usage, "periods">} usage
 * @param {number} now in milliseconds since the epoch
 */
export function todayOf({ periods }, now) {
  const today = new Date(now).toISOString().slice(0, 10);
  const sum = { browserSeconds: 0, sessions: 0, failures: 0 };
  for (const period of periods.filter(({ start }) => start.startsWith(today))) {
    sum.browserSeconds += period.browserSeconds;
    sum.sessions += period.sessions;
    sum.failures += period.failures;
  }
  return sum;
}

/**
 * @param {[start: string, value: number][]} pairs
 * @returns {Columns}
 */
function columns(pairs) {
  return [pairs.map(([start]) => Date.parse(start) / 1000), pairs.map(([, value]) => value)];
}
