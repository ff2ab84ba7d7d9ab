// Records many histories, several at a time, each in a project of its own, and checks them.

import { check } from "./check.mjs";
import { record } from "./recorder.mjs";
import { Prng } from "../support/prng.mjs";
import { openService } from "./faulty_service.mjs";
import { Tally } from "./tally.mjs";

// Fewer slots than clients request at once, so that some creates are refused and some wait. Every fifth history has one
// slot, so that all wait.
const LIMITS = [9, 9, 9, 9, 1];
// 500 calls then take long enough for lives of a second or two, and for two checks of lost browsers.
const CALL_EACH_MS = 16;
// A failed close is repeated after one, two and four seconds.
const SETTLED_WITHIN_MS = 30_000;

/**
 * Records and checks histories.
 *
 * @param {object} options
 * @param {string} options.seed chooses the clients' calls; the order in which they arrive still varies
 * @param {number} options.count histories
 * @param {number} options.calls calls of each
 * @param {number} options.clients clients of each
 * @param {number} [options.atOnce] histories that are recorded at the same time
 * @param {string} [options.build] folder of the built Worker
 * @param {(done: import("./check.mjs").Checked & {history: import("./recorder.mjs").History}, tally: Tally) => void}
 * [options.onHistory]
 * @returns {Promise<Tally>}
 */
export async function run({ seed, count, calls, clients, atOnce = 1, build, onHistory = () => {} }) {
  const services = await openServices(seed, build);
  const tally = new Tally();
  let next = 0;
  const recordSome = async () => {
    while (next < count) {
      const number = next++;
      const options = { name: `h${number}`, seed: `${seed}/${number}`, calls, clients, lengthMs: calls * CALL_EACH_MS };
      const history = await record(services[number % services.length], options);
      const checked = check(history);
      tally.add(history, checked);
      onHistory({ history, ...checked }, tally);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, count) }, recordSome));
    for (const { provider } of new Set(services)) {
      tally.browsers.given += provider.given();
      tally.browsers.left += await provider.settle(SETTLED_WITHIN_MS);
    }
    return tally;
  } finally {
    for (const service of new Set(services)) await service.close();
  }
}

/**
 * One service for each value in `LIMITS`, in the order of `LIMITS`.
 *
 * @param {string} seed
 * @param {string} [build]
 */
async function openServices(seed, build) {
  const open = (/** @type {number} */ limit) =>
    openService({ prng: Prng.named(seed, "provider", limit), limit, build });
  const limits = [...new Set(LIMITS)];
  const services = await Promise.all(limits.map(open));
  return LIMITS.map((limit) => services[limits.indexOf(limit)]);
}
