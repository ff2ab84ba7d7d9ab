// Many histories, some at a time: each recorded in a project of its own, and checked.

import { check } from "./check.mjs";
import { record } from "./recorder.mjs";
import { Chance } from "./seeded.mjs";
import { openService } from "./service.mjs";
import { Tally } from "./tally.mjs";

// Fewer slots than clients want at once, so that some are refused.
const LIMIT = 9;
// Long enough for lives of a second or two, and for two looks after lost browsers.
const LENGTH_MS = 8_000;
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
 * @param {number} [options.lengthMs] about how long one is to take
 * @param {string} [options.build] folder of the built Worker
 * @param {(done: {history: object, violations: object[]}, tally: Tally) => void} [options.onHistory]
 * @returns {Promise<Tally>}
 */
export async function run({ seed, count, calls, clients, atOnce = 1, lengthMs = LENGTH_MS, build, onHistory = () => {} }) {
  const service = await openService({ chance: new Chance(seed, "provider"), limit: LIMIT, build });
  const tally = new Tally();
  let next = 0;
  const recordSome = async () => {
    while (next < count) {
      const number = next++;
      const options = { name: `h${number}`, seed: `${seed}/${number}`, calls, clients, lengthMs };
      const history = await record(service, options);
      const checked = check(history);
      tally.add(history, checked);
      onHistory({ history, ...checked }, tally);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, count) }, recordSome));
    tally.browsers = { given: service.provider.given(), left: await service.provider.settle(SETTLED_WITHIN_MS) };
    return tally;
  } finally {
    await service.close();
  }
}
