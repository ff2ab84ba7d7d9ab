// Many histories, some at a time: each recorded in a project of its own, and checked.

import { check } from "./check.mjs";
import { record } from "./recorder.mjs";
import { Prng } from "../support/prng.mjs";
import { openService } from "./faulty_service.mjs";
import { Tally } from "./tally.mjs";

// Fewer slots than clients want at once, so that some are refused and some wait; and every fifth history with one slot,
// in which all wait.
const LIMITS = [9, 9, 9, 9, 1];
// So that 500 calls are long enough for lives of a second or two, and for two looks after lost browsers.
const CALL_EACH_MS = 16;
// A close that failed is made again after a second, after two, after four.
const SETTLED_WITHIN_MS = 30_000;

/**
 * Records and checks histories.
 *
 * @param {object} options
 * @param {string} options.seed with the same one clients want the same; what comes of it depends on who is faster
 * @param {number} options.count histories
 * @param {number} options.calls calls of each
 * @param {number} options.clients clients of each
 * @param {number} [options.atOnce] histories that are recorded at the same time
 * @param {string} [options.build] folder of the built Worker
 * @param {(done: {history: object, violations: object[]}, tally: Tally) => void} [options.onHistory]
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
      const history = await record(services.get(LIMITS[number % LIMITS.length]), options);
      const checked = check(history);
      tally.add(history, checked);
      onHistory({ history, ...checked }, tally);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, count) }, recordSome));
    for (const { provider } of services.values()) {
      tally.browsers.given += provider.given();
      tally.browsers.left += await provider.settle(SETTLED_WITHIN_MS);
    }
    return tally;
  } finally {
    for (const service of services.values()) await service.close();
  }
}

async function openServices(seed, build) {
  const open = (limit) => openService({ prng: Prng.named(seed, "provider", limit), limit, build });
  const limits = [...new Set(LIMITS)];
  const services = await Promise.all(limits.map(open));
  return new Map(limits.map((limit, at) => [limit, services[at]]));
}
