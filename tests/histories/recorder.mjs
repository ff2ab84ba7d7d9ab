// Records a history: clients call at the same time, and the begin, end and answer of each call is stored.

import { setTimeout as pause } from "node:timers/promises";

import { sessionsIn } from "./answers.mjs";
import { Intents, list, releaseAll } from "./intents.mjs";
import { Prng } from "../support/prng.mjs";

// A client hangs up while the call is in transit or being handled.
const HANGS_UP = 0.04;
const HANGS_UP_WITHIN_MS = 25;
// Far above the longest wait in the queue and a slow start, also on a machine under load. A call that takes longer
// counts as never answered.
const PATIENCE_MS = 60_000;
// Bursts, and pauses between them in which sessions go on.
const PAUSES = { none: 55, short: 15, long: 30 };
const SHORT_MS = 15;

/**
 * @typedef {import("./answers.mjs").Body} Body
 * @typedef {import("./answers.mjs").ListBody} ListBody
 * @typedef {import("./answers.mjs").ReleaseAllBody} ReleaseAllBody
 * @typedef {import("./intents.mjs").Intent} Intent
 *
 * @typedef {object} CallTimes
 * @property {number} number
 * @property {number} client
 * @property {number} begun its rank among all begins and ends
 * @property {number} ended the same; Infinity if no answer came
 * @property {number} begunAt in milliseconds since 1970
 * @property {number} endedAt the same; Infinity if no answer came
 * @property {boolean} hangsUp its client hung up on purpose
 * @property {boolean} isBroken its connection broke
 *
 * @typedef {{status: number, body: Body}} Answer
 * @typedef {{status: number, body: ListBody}} ListAnswer
 * @typedef {{status: number, body: ReleaseAllBody}} ReleaseAllAnswer
 *
 * @typedef {CallTimes & {what: "create", request: import("./intents.mjs").CreateRequest, answer?: Answer}} CreateCall
 * @typedef {CallTimes & {what: "get" | "release" | "details", request: import("./intents.mjs").IdRequest,
 * answer?: Answer}} IdCall
 * @typedef {CallTimes & {what: "change", request: import("./intents.mjs").ChangeRequest, answer?: Answer}} ChangeCall
 * @typedef {CallTimes & {what: "list", request: import("./intents.mjs").ListRequest, answer?: ListAnswer}} ListCall
 * @typedef {CallTimes & {what: "releaseAll", request: import("./intents.mjs").ReleaseAllRequest,
 * answer?: ReleaseAllAnswer}} ReleaseAllCall
 * @typedef {CreateCall | IdCall | ChangeCall | ListCall | ReleaseAllCall} Call
 * @typedef {Call & {answer: NonNullable<Call["answer"]>}} AnsweredCall
 *
 * @typedef {{name: string, seed: string, limit: number, calls: Call[]}} History
 * @typedef {import("./faulty_service.mjs").FaultyService} FaultyService
 */

/**
 * Whether a call was answered.
 *
 * @template {Call} C
 * @param {C} call
 * @returns {call is C & {answer: NonNullable<C["answer"]>}}
 */
export const isAnswered = (call) => call.answer !== undefined;

/**
 * Records one history in a project of its own.
 *
 * @param {FaultyService} service
 * @param {{name: string, seed: string, calls: number, clients: number, lengthMs: number}} options `lengthMs`: about how
 * long it takes
 * @returns {Promise<History>}
 */
export async function record(service, { name, seed, calls, clients, lengthMs }) {
  const history = new Recorder(service.project(name));
  const intents = new Intents(Prng.named(seed, "intents"), { calls, isLine: service.limit === 1 });
  const longPause = (2 * lengthMs * clients) / calls / (PAUSES.long / 100);
  const client = async (/** @type {number} */ number) => {
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

/**
 * Ends all sessions, and lists every session of the project. A session whose create lost its answer is known by its
 * label.
 *
 * @param {Recorder} history
 * @param {number} calls
 */
async function readToTheEnd(history, calls) {
  let number = calls;
  const next = (/** @type {Intent} */ intent) => {
    intent.request.isAudit = true;
    number += 1;
    return history.call(number, 0, intent);
  };
  await next(releaseAll({}));
  /** @type {string | undefined} */
  let cursor;
  do {
    await next(list({ cursor }));
    cursor = history.calls.at(-1)?.answer?.body.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

class Recorder {
  /** @type {Call[]} */
  calls = [];
  #taken = 0;
  #events = 0;

  /** @param {ReturnType<FaultyService["project"]>} send */
  constructor(send) {
    this.send = send;
  }

  /**
   * The number of the next call; undefined once there are enough.
   *
   * @param {number} calls
   */
  take(calls) {
    if (this.#taken === calls) return undefined;
    this.#taken += 1;
    return this.#taken;
  }

  /** The rank of the next begin or end. */
  #tick() {
    this.#events += 1;
    return this.#events;
  }

  /**
   * Makes a call and records it. Returns the sessions in its answer.
   *
   * @param {number} number
   * @param {number} client
   * @param {Intent} intent
   * @param {number} [hangsUpAfter] in milliseconds
   */
  async call(number, client, { what, method, path, headers, body, request }, hangsUpAfter) {
    const hangsUp = hangsUpAfter !== undefined;
    const times = { begun: this.#tick(), ended: Infinity, begunAt: Date.now(), endedAt: Infinity };
    const call = /** @type {Call} */ ({ number, client, what, request, hangsUp, isBroken: false, ...times });
    this.calls.push(call);
    Object.assign(call, await this.send(method, path, { headers, body, patience: hangsUpAfter ?? PATIENCE_MS }));
    if (call.answer) Object.assign(call, { ended: this.#tick(), endedAt: Date.now() });
    return sessionsIn(call.answer?.body);
  }
}
