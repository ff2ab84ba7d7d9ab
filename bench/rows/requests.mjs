// Requests through the object, on plain workerd with a simulated provider.

import { BrowserRun } from "../../tests/browser_run/simulator.mjs";
import { ask, median, now, quantile, request, requestsPerSecond } from "../measure.mjs";
import { openWorkerd } from "../workerd.mjs";

const AT_ONCE = 8;

/** @typedef {{url: string, headers: Record<string, string>}} Service */
/** @typedef {import("../measure.mjs").Row} Row */
/** @typedef {import("../measure.mjs").BenchOptions} BenchOptions */

/**
 * @param {BenchOptions} options
 * @returns {Promise<Row[]>}
 */
export async function measure({ secrets, report }) {
  const provider = await BrowserRun.start({ idleMs: Infinity });
  const vars = { TIDEWATCH_SECRET: secrets.TIDEWATCH_SECRET, LIVE_SESSIONS_MAX: "1000000" };
  const worker = await openWorkerd({ browser: provider.url, vars });
  const headers = { authorization: `Bearer ${secrets.TIDEWATCH_API_KEY}` };
  const call = { url: worker.url, headers };
  try {
    const deadlines = await hundredDeadlines(call, provider);
    report("filling 100 sessions");
    const [first] = await fill(call, 100);
    const few = await listTime(call);
    const get = requestsPerSecond(`${worker.url}/v1/sessions/${first}`, { headers });
    report("filling 10,000 sessions");
    await fill(call, 9_900);
    const many = await listTime(call);
    const list = requestsPerSecond(`${worker.url}/v1/sessions?limit=50`, { headers });
    return [
      ...deadlines,
      row("GET one session through the object, 16 connections", get, 2500, "a second"),
      row("list 50 of 10,000 sessions, 16 connections", list, 1000, "a second"),
      {
        what: "one list of 10,000 over one of 100",
        measured: `${(many / few).toFixed(2)} (${many.toFixed(2)} ms over ${few.toFixed(2)} ms)`,
        bar: "1.4 at most",
        met: many / few <= 1.4,
      },
    ];
  } finally {
    await worker.close();
    await provider.close();
  }
}

/**
 * @param {string} what
 * @param {number} rate
 * @param {number} bar
 * @param {string} unit
 * @returns {Row}
 */
const row = (what, rate, bar, unit) => ({
  what,
  measured: `${Math.round(rate)} ${unit}`,
  bar: `${bar} ${unit}`,
  met: rate >= bar,
});

/**
 * Creates sessions, several at once.
 *
 * @param {Service} service
 * @param {number} count
 */
async function fill({ url, headers }, count) {
  /** @type {string[]} */
  const ids = [];
  let begun = 0;
  const one = async () => {
    while (begun++ < count) {
      ids.push((await ask("POST", `${url}/v1/sessions`, { headers, body: { timeout: 3_600_000 } })).id);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return ids;
}

/** @param {Service} service */
async function listTime({ url, headers }) {
  const times = [];
  for (let i = 0; i < 300; i++) {
    const start = now();
    await request("GET", `${url}/v1/sessions?limit=50`, { headers });
    times.push(now() - start);
  }
  return median(times.slice(50));
}

/**
 * 100 sessions that are due within the same second: how late each end is written, and its browser closed.
 *
 * @param {Service} service
 * @param {BrowserRun} provider
 * @returns {Promise<Row[]>}
 */
async function hundredDeadlines({ url, headers }, provider) {
  const ends = Date.now() + 4_000;
  const ids = await fill({ url, headers }, 100);
  await Promise.all(
    ids.map(async (id) => {
      const { createdAt } = await ask("GET", `${url}/v1/sessions/${id}`, { headers });
      await ask("PATCH", `${url}/v1/sessions/${id}`, { headers, body: { timeout: ends - Date.parse(createdAt) } });
    }),
  );
  // The service gets no request until they are over: the alarm alone must end them.
  while (provider.running().length > 0 && Date.now() < ends + 10_000)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const written = await Promise.all(
    ids.map(async (id) => {
      const session = await ask("GET", `${url}/v1/sessions/${id}`, { headers });
      return Date.parse(session.endedAt) - Date.parse(session.expiresAt);
    }),
  );
  const closed = [...provider.browsers.values()].map(({ endTime = Infinity }) => endTime - ends);
  const late = (/** @type {number[]} */ samples) =>
    `${Math.min(...samples)} to ${Math.max(...samples)} ms late (p50 ${quantile(samples, 0.5)})`;
  return [
    {
      what: "end after its deadline, 100 due at once",
      measured: late(written),
      bar: "0 to 100 ms late",
      met: within(written),
    },
    {
      what: "its browser closed, 100 due at once",
      measured: late(closed),
      bar: "never early",
      met: Math.min(...closed) >= 0,
    },
  ];
}

/** @param {number[]} samples */
const within = (samples) => Math.min(...samples) >= 0 && Math.max(...samples) <= 100;
