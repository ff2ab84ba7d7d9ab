// The storm: faults at random moments, one after another or one during another.

import { setTimeout as pause } from "node:timers/promises";

import { KINDS, strike } from "./kinds.mjs";

/**
 * @import { Prng } from "../support/prng.mjs"
 * @import { Fault, History } from "./history.mjs"
 * @import { Outages } from "./outages.mjs"
 * @import { Recovery } from "./recovery.mjs"
 * @import { Server } from "./server.mjs"
 */

const MEAN_GAP_MS = 1_700;
const LONGEST_GAP_MS = 6_000;

/**
 * Carries out `count` faults. One that finds no victim does not count. The time that each took until all was whole
 * again is noted in it as `wholeMs`, once it is known.
 *
 * @param {{count: number, prng: Prng, server: Server,
 *   outages: Outages, history: History,
 *   recovery: Recovery, report: (history: History) => void}} options
 * @returns {Promise<{recoveries: Promise<void>[], lastAt: number}>} `lastAt`: when the last one was over
 */
export async function rage({ count, prng, recovery, report, ...scene }) {
  const { history } = scene;
  const looking = new Set();
  /** @type {(number | Promise<number>)[]} */
  const over = [];
  /** @type {Promise<void>[]} */
  const recoveries = [];
  /** @param {Prng} prng */
  const begin = async (prng) => {
    const struck = await strike(prng.weighted(KINDS), { ...scene, prng });
    if (!struck) return;
    over.push(struck.over);
    recoveries.push(recover(struck, recovery));
    report(history);
  };
  for (let number = 0; history.faults.length < count; ) {
    await pause(prng.gap(MEAN_GAP_MS, LONGEST_GAP_MS));
    // Whoever is still looking for a victim may find one.
    if (history.faults.length + looking.size >= count) continue;
    number += 1;
    const fault = begin(prng.fork(`fault ${number}`)).finally(() => looking.delete(fault));
    looking.add(fault);
  }
  await Promise.all(looking);
  return { recoveries, lastAt: Math.max(...(await Promise.all(over))) };
}

/**
 * @param {{fault: Fault, over: number | Promise<number>}} options
 * @param {Recovery} recovery
 */
async function recover({ fault, over }, recovery) {
  const since = await over;
  fault.wholeMs = await recovery.time({ fault, since });
}
