// What the charts draw of the service's answer about usage. All days and hours are UTC, as in the answer.

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = { "24h": 1, "7d": 7, "30d": 30 };

/** What to ask for: from the beginning of a day, by hours where there are few days. */
export function usageQuery(range, now) {
  const day = (ms) => new Date(ms).toISOString().slice(0, 10);
  const days = DAYS[range];
  return { from: day(now - (days === 1 ? days : days - 1) * DAY_MS), to: day(now), by: days > 7 ? "day" : "hour" };
}

/** The periods that have begun, and of 24 hours no more than those. */
export function periodsOf({ periods }, range, now) {
  const begun = periods.filter(({ start }) => Date.parse(start) <= now);
  return range === "24h" ? begun.slice(-24) : begun;
}

/** Browser minutes by day, or by hour where there is but one day of them. */
export function minutesOf(periods, range) {
  const sums = new Map();
  for (const { start, browserSeconds } of periods) {
    const key = range === "24h" ? start : `${start.slice(0, 10)}T00:00:00.000Z`;
    sums.set(key, (sums.get(key) ?? 0) + browserSeconds / 60);
  }
  return columns([...sums]);
}

/** The most sessions that were live at once, period by period. */
export function liveOf(periods) {
  return columns(periods.map(({ start, livePeak }) => [start, livePeak]));
}

/** How many sessions ended for each reason, the most frequent first. */
export function reasonsOf(periods) {
  const counts = new Map();
  for (const { endsByReason } of periods) {
    for (const [reason, count] of Object.entries(endsByReason)) counts.set(reason, (counts.get(reason) ?? 0) + count);
  }
  return [...counts].sort(([a, many], [b, few]) => few - many || (a < b ? -1 : 1));
}

/** Sums of today's periods. */
export function todayOf({ periods }, now) {
  const today = new Date(now).toISOString().slice(0, 10);
  const sum = { browserSeconds: 0, sessions: 0, failures: 0 };
  for (const period of periods.filter(({ start }) => start.startsWith(today))) {
    for (const key of Object.keys(sum)) sum[key] += period[key];
  }
  return sum;
}

// As the chart library wants them: seconds, and values.
function columns(pairs) {
  return [pairs.map(([start]) => Date.parse(start) / 1000), pairs.map(([, value]) => value)];
}
