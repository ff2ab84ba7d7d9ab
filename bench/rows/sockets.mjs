// The CDP socket, on plain workerd: the same Chrome over the same byte pipe, with and without Tidewatch between.

import { BrowserRun } from "../../tests/browser_run/simulator.mjs";
import { Cdp } from "../cdp.mjs";
import { launchChrome } from "../chrome.mjs";
import { leadsTo } from "../chrome_pipe.mjs";
import { ask, median, now } from "../measure.mjs";
import { openWorkerd } from "../workerd.mjs";

const BLOCKS = 24;
const ROUND_TRIPS = 250;
const MESSAGE = 40 * 2 ** 20;

/** @typedef {import("../measure.mjs").Row} Row */
/** @typedef {import("../measure.mjs").BenchOptions} BenchOptions */

/**
 * @param {BenchOptions} options
 * @returns {Promise<Row[]>}
 */
export async function measure({ secrets }) {
  const provider = await BrowserRun.start({ idleMs: Infinity });
  const worker = await openWorkerd({ browser: provider.url, vars: { TIDEWATCH_SECRET: secrets.TIDEWATCH_SECRET } });
  const chrome = await launchChrome();
  const headers = { authorization: `Bearer ${secrets.TIDEWATCH_API_KEY}` };
  try {
    const create = (/** @type {object} */ body) => ask("POST", `${worker.url}/v1/sessions`, { headers, body });
    const session = await create({});
    const browser = provider.newest();
    const watched = await create({ onDisconnect: "release" });
    provider.always("connect", leadsTo(chrome.webSocketUrl));
    const direct = await Cdp.open(`${provider.url.replace("http", "ws")}/v1/devtools/browser/${browser.id}`);
    const through = await Cdp.open(session.websocketUrl);
    const relayed = await Cdp.open(watched.websocketUrl);
    const rows = [
      await roundTrips("CDP round trip through connect, over direct", 0.1, direct, through),
      await roundTrips("CDP round trip in a watched session, over direct", 0.3, direct, relayed),
      await bigMessages(through),
    ];
    for (const cdp of [direct, through, relayed]) await cdp.close();
    return rows;
  } finally {
    await chrome.kill();
    await worker.close();
    await provider.close();
  }
}

/**
 * Measures blocks in turns, with the order swapped each time, so that the machine's noise affects both alike.
 *
 * @param {string} what
 * @param {number} mostAdded
 * @param {Cdp} direct
 * @param {Cdp} through
 * @returns {Promise<Row>}
 */
async function roundTrips(what, mostAdded, direct, through) {
  for (const cdp of [direct, through]) await block(cdp, 500);
  const added = [];
  const bare = [];
  for (let i = 0; i < BLOCKS; i++) {
    const order = i % 2 ? [direct, through] : [through, direct];
    /** @type {Map<Cdp, number>} */
    const times = new Map();
    for (const cdp of order) times.set(cdp, median(await block(cdp)));
    const directMs = times.get(direct) ?? NaN;
    added.push((times.get(through) ?? NaN) - directMs);
    bare.push(directMs);
  }
  return {
    what,
    measured: `+${median(added).toFixed(3)} ms (direct ${median(bare).toFixed(3)})`,
    bar: `${mostAdded.toFixed(2)} ms more at most`,
    met: median(added) <= mostAdded,
  };
}

/**
 * @param {Cdp} cdp
 * @param {number} [count]
 */
async function block(cdp, count = ROUND_TRIPS) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const start = now();
    await cdp.send("Browser.getVersion");
    times.push(now() - start);
  }
  return times;
}

/**
 * @param {Cdp} cdp
 * @returns {Promise<Row>}
 */
async function bigMessages(cdp) {
  const { sessionId } = await cdp.page("about:blank");
  const evaluate = async (/** @type {string} */ expression) => {
    const { result } = await cdp.send("Runtime.evaluate", { expression, returnByValue: true }, sessionId);
    return result.value;
  };
  const start = now();
  const down = await evaluate(`"x".repeat(${MESSAGE})`);
  const middle = now();
  const up = await evaluate(`"${"x".repeat(MESSAGE)}".length`);
  const end = now();
  return {
    what: "40 MB in one message, down and up",
    measured: `${Math.round(middle - start)} ms and ${Math.round(end - middle)} ms`,
    bar: "passes",
    met: down.length === MESSAGE && up === MESSAGE,
  };
}
