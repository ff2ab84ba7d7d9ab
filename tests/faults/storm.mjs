// The storm: faults at random moments, one after another or one during another.

import { setTimeout as pause } from "node:timers/promises";

import { KINDS, strike } from "./kinds.mjs";

const MEAN_GAP_MS = 1_700;
const LONGEST_GAP_MS = 6_000;

/**
 * Carries out `count` faults. One that finds no victim does not count. The time that each took until all was whole
 * again is noted in it as `wholeMs`, once it is known.
 *
 * @param {{count: number, prng: import("../support/prng.mjs").Prng, server: import("./server.mjs").Server,
 *   outages: import("./outages.mjs").Outages, history: import("./history.mjs").History,
 *   recovery: import("./recovery.mjs").Recovery, report: (history: object) => void}} options
 * @returns {Promise<{recoveries: Promise<void>[], lastAt: number}>} `lastAt`: when the last one was over
 */
export async function rage({ count, prng, recovery, report, ...scene }) {
  const { history } = scene;
  const looking = new Set();
  const over = [];
  const recoveries = [];
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
    const fault = begin(prng.fork(`fault ${(number += 1)}`)).finally(() => looking.delete(fault));
    looking.add(fault);
  }
  await Promise.all(looking);
  return { recoveries, lastAt: Math.max(...(await Promise.all(over))) };
}

async function recover({ fault, over }, recovery) {
  const since = await over;
  fault.wholeMs = await recovery.time({ fault, since });
}
