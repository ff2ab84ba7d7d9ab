// A provider that is slow, fails, keeps its answers to itself and loses browsers, by chance. The only file here that
// knows what stands in for it.

import { setTimeout as pause } from "node:timers/promises";

import { answers, breaksOff, hangs, StandIn } from "../worker/stand_in.mjs";

const LOOK_EVERY_MS = 20;

const after = (ms, then = ({ usual }) => usual()) => async (call) => {
  await pause(ms);
  return then(call);
};

// It has closed a browser, and nobody hears of it.
const keepsItsAnswer = ({ usual }) => {
  usual();
  return breaksOff();
};

// It has started a browser, and nobody hears its name: only the provider's own idle limit can end that one.
const startsForNobody = ({ usual, standIn }) => {
  usual();
  standIn.kill(standIn.newest());
  return breaksOff();
};

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
const CLOSES = { usual: 75, soon: 12, fails: 5, keepsItsAnswer: 3, goesOn: 5, hangs: 0.1 };

const REACTIONS = {
  usual: () => ({ usual }) => usual(),
  soon: (chance) => after(chance.whole(1, 60)),
  late: (chance) => after(chance.whole(60, 600)),
  fails: (chance) => after(chance.whole(0, 50), answers(500)),
  refuses: () => answers(503),
  limits: () => answers(429, { headers: { "retry-after": "1" } }),
  breaksOff: () => breaksOff,
  keepsItsAnswer: () => keepsItsAnswer,
  startsForNobody: () => startsForNobody,
  namesNobody: () => answers(200, { body: {} }),
  goesOn: () => answers(200, { body: { status: "closing" } }),
  hangs: () => hangs,
};

/** Starts it. Browsers die at random, one each `lossEveryMs` on average. */
export async function startProvider(chance, lossEveryMs) {
  const standIn = await StandIn.start();
  const misbehave = (call, weights) => {
    standIn.always(call, (about) => REACTIONS[chance.weighed(weights)](chance)(about));
  };
  misbehave("acquire", ACQUIRES);
  misbehave("close", CLOSES);
  const timer = setInterval(() => {
    const running = standIn.running();
    if (running.length > 0) standIn.kill(standIn.browsers.get(chance.pick(running)));
  }, lossEveryMs);
  return {
    url: standIn.url,
    running: () => standIn.running().length,
    given: () => standIn.browsers.size,

    /** Behaves from now on, and waits for the service to close what still runs; answers how many it has not. */
    async settle(withinMs) {
      clearInterval(timer);
      standIn.usual();
      const deadline = Date.now() + withinMs;
      while (standIn.running().length > 0 && Date.now() < deadline) await pause(LOOK_EVERY_MS);
      return standIn.running().length;
    },

    close() {
      clearInterval(timer);
      return standIn.close();
    },
  };
}
