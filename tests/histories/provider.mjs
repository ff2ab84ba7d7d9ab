// A provider that is slow, fails, keeps its answers to itself and loses browsers, by chance. The only file here that
// knows what stands in for it.

import { setTimeout as pause } from "node:timers/promises";

import { answers, breaksOff, cutsInAnswer, hangs, late, losesAnswer, tooMany } from "../browser_run/faults.mjs";
import { BrowserRun } from "../browser_run/simulator.mjs";

const LOOK_EVERY_MS = 20;

// It has started a browser, and nobody hears its name: only the provider's own idle limit can end that one. That has
// come at once.
const startsForNobody = (call) => {
  const reply = cutsInAnswer(call);
  call.provider.kill(call.provider.newest());
  return reply;
};

// How often it reacts how.
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

/** Starts it. Browsers end at random, one each `lossEveryMs` on average. */
export async function startProvider(prng, lossEveryMs) {
  const simulator = await BrowserRun.start();
  const misbehave = (call, weights) => {
    simulator.always(call, (about) => REACTIONS[prng.weightedName(weights)](prng)(about));
  };
  misbehave("acquire", ACQUIRES);
  misbehave("close", CLOSES);
  const timer = setInterval(() => {
    const running = simulator.running();
    if (running.length === 0) return;
    const browser = simulator.browsers.get(prng.pick(running));
    if (prng.chance(0.5)) simulator.kill(browser);
    else simulator.evict(browser);
  }, lossEveryMs);
  return {
    url: simulator.url,
    /** How many browsers it has given. */
    given: () => simulator.browsers.size,

    /** Behaves from now on, and waits for the service to close what still runs; answers how many it has not. */
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
