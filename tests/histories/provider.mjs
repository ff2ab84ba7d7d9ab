// A provider that by chance is slow, fails, sends no answer or loses browsers. Only this file knows its stand-in.

import { setTimeout as pause } from "node:timers/promises";

import { answers, breaksOff, cutsInAnswer, hangs, late, losesAnswer, tooMany } from "../browser_run/faults.mjs";
import { BrowserRun } from "../browser_run/simulator.mjs";

const LOOK_EVERY_MS = 20;

/**
 * @typedef {import("../browser_run/faults.mjs").Reaction} Reaction
 * @typedef {import("../support/prng.mjs").Prng} Prng
 */

/**
 * Starts a browser and loses the answer. Only the provider's idle limit can end this browser; here it does so at once.
 *
 * @type {Reaction}
 */
const startsForNobody = (call) => {
  const reply = cutsInAnswer(call);
  const browser = call.provider.newest();
  if (browser) call.provider.kill(browser);
  return reply;
};

// The weight of each reaction.
const ACQUIRES = {
  usual: 60,
  soon: 20,
  late: 8,
  fails: 3,
  refuses: 2,
  limits: 2,
  breaksOff: 2,
  startsForNobody: 2,
  namesNobody: 1,
};
const CLOSES = { usual: 75, soon: 12, fails: 5, losesAnswer: 3, goesOn: 5, hangs: 0.1 };

/** @type {Record<keyof typeof ACQUIRES | keyof typeof CLOSES, (prng: Prng) => Reaction>} */
const REACTIONS = {
  usual:
    () =>
    ({ usual }) =>
      usual(),
  soon: (prng) => late(prng.whole(1, 60)),
  late: (prng) => late(prng.whole(60, 600)),
  fails: (prng) => late(prng.whole(0, 50), answers(500)),
  refuses: () => answers(503),
  limits: () => tooMany(1),
  breaksOff: () => breaksOff,
  startsForNobody: () => startsForNobody,
  namesNobody: () => answers(200),
  losesAnswer: () => losesAnswer,
  goesOn: () => answers(200, { body: { status: "closing" } }),
  hangs: () => hangs,
};

/**
 * Starts the provider. A random browser ends every `lossEveryMs`.
 *
 * @param {Prng} prng
 * @param {number} lossEveryMs
 */
export async function startProvider(prng, lossEveryMs) {
  const simulator = await BrowserRun.start();
  simulator.always("acquire", (about) => REACTIONS[prng.weightedName(ACQUIRES)](prng)(about));
  simulator.always("close", (about) => REACTIONS[prng.weightedName(CLOSES)](prng)(about));
  const timer = setInterval(() => {
    const running = simulator.running();
    if (running.length === 0) return;
    const browser = simulator.browsers.get(prng.pick(running));
    if (!browser) return;
    if (prng.chance(0.5)) simulator.kill(browser);
    else simulator.evict(browser);
  }, lossEveryMs);
  return {
    url: simulator.url,
    /** How many browsers it has given. */
    given: () => simulator.browsers.size,

    /**
     * Behaves from now on, and waits until the service has closed the running browsers. Returns how many still run.
     *
     * @param {number} withinMs
     */
    async settle(withinMs) {
      clearInterval(timer);
      simulator.usual();
      const deadline = Date.now() + withinMs;
      while (simulator.running().length > 0 && Date.now() < deadline) await pause(LOOK_EVERY_MS);
      return simulator.running().length;
    },

    close() {
      clearInterval(timer);
      return simulator.close();
    },
  };
}
