// Records a history: clients that call at the same time, and of each call its begin, its end and its answer.

import { setTimeout as pause } from "node:timers/promises";

import { sessionsIn } from "./answers.mjs";
import { Intents, list, releaseAll } from "./intents.mjs";
import { Prng } from "../support/prng.mjs";

// Whoever hangs up does so while the call is on its way, or is carried out.
const HANGS_UP = 0.04;
const HANGS_UP_WITHIN_MS = 25;
// Far above the longest wait in line and a slow start, for a machine under load: what takes longer is never answered.
const PATIENCE_MS = 60_000;
// Bursts, and pauses between them in which lives go on.
const PAUSES = { none: 55, short: 15, long: 30 };
const SHORT_MS = 15;

/**
 * @typedef {object} Call one call of a history
 * @property {number} number
 * @property {number} client
 * @property {string} what
 * @property {object} request what it asked for, as `partition.mjs` reads it
 * @property {number} begun its place among all begins and ends
 * @property {number} ended the same; Infinity if no answer came
 * @property {number} begunAt in milliseconds since 1970
 * @property {number} endedAt the same; Infinity if no answer came
 * @property {boolean} hangsUp whether its client did not mean to wait for the answer
 * @property {boolean} isBroken whether its connection broke
 * @property {{status: number, body: any}} [answer]
 */

/**
 * Records one history in a project of its own.
 *
 * @param {object} service as `service.mjs` opens it
 * @param {{name: string, seed: string, calls: number, clients: number, lengthMs: number}} options `lengthMs`: about how
 * long it is to take
 * @returns {Promise<{name: string, seed: string, limit: number, calls: Call[]}>}
 */
export async function record(service, { name, seed, calls, clients, lengthMs }) {
  const history = new History(service.project(name));
  const intents = new Intents(Prng.named(seed, "intents"), { calls, isLine: service.limit === 1 });
  const longPause = (2 * lengthMs * clients) / calls / (PAUSES.long / 100);
  const client = async (number) => {
    const prng = Prng.named(seed, "client", number);
    for (let call = history.take(calls); call !== undefined; call = history.take(calls)) {
      await pause(prng.whole(0, { none: 0, short: SHORT_MS, long: longPause }[prng.weightedName(PAUSES)]));
      const hangsUpAfter = prng.chance(HANGS_UP) ? prng.whole(0, HANGS_UP_WITHIN_MS) : undefined;
      intents.learn(await history.call(call, number, await intents.next(call), hangsUpAfter));
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  await readToTheEnd(history, calls);
  return { name, seed, limit: service.limit, calls: history.calls };
}

/** Ends all, and reads all that there ever was: sessions that only a lost answer named are known by their labels. */
async function readToTheEnd(history, calls) {
  let number = calls;
  const next = (intent) => {
    intent.request.isAudit = true;
    number += 1;
    return history.call(number, 0, intent);
  };
  await next(releaseAll({}));
  let cursor;
  do {
    await next(list({ cursor }));
    cursor = history.calls.at(-1).answer?.body.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

class History {
  calls = [];
  #taken = 0;
  #events = 0;

  constructor(send) {
    this.send = send;
  }

  /** The number of the next call; undefined once there are enough. */
  take(calls) {
    if (this.#taken === calls) return undefined;
    this.#taken += 1;
    return this.#taken;
  }

  /** The place of the next begin or end among all of them. */
  #tick() {
    this.#events += 1;
    return this.#events;
  }

  /** Makes a call and writes it down. Answers the sessions that it was shown. */
  async call(number, client, { what, method, path, headers, body, request }, hangsUpAfter) {
    const hangsUp = hangsUpAfter !== undefined;
    const call = { number, client, what, request, hangsUp, begun: this.#tick(), begunAt: Date.now() };
    this.calls.push(call);
    Object.assign(call, await this.send(method, path, { headers, body, patience: hangsUpAfter ?? PATIENCE_MS }));
    call.ended = call.answer ? this.#tick() : Infinity;
    call.endedAt = call.answer ? Date.now() : Infinity;
    return sessionsIn(call.answer?.body);
  }
}
