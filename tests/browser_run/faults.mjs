// Reactions to a call: what a test plans instead of the usual answer.

import { Prng } from "../support/prng.mjs";

/**
 * @import { IncomingMessage } from "node:http"
 * @import { Socket } from "node:net"
 * @import { Browser } from "./browser.mjs"
 * @import { BrowserRun } from "./simulator.mjs"
 *
 * @typedef {{status: number, headers?: Record<string, string>, body: any, take?: undefined}} PlainReply
 * @typedef {{take: (socket: Socket, request: IncomingMessage, head?: Buffer) => void}} TakeOver takes the connection
 * over
 * @typedef {PlainReply | TakeOver} Reply
 *
 * @typedef {object} Incoming a call that a reaction answers
 * @property {() => PlainReply} usual does what was asked for, and returns the reply to it
 * @property {Browser} [browser] that the call is about
 * @property {BrowserRun} provider
 *
 * @typedef {(call: Incoming) => Reply | Promise<Reply>} Reaction replies as usual or otherwise, at once or later
 */

/** @type {Reaction} */
const asUsual = ({ usual }) => usual();

/**
 * Answers with a status; `body` is sent as JSON unless it is a text.
 *
 * @param {number} status
 * @param {{headers?: Record<string, string>, body?: unknown}} [options]
 * @returns {() => PlainReply}
 */
export const answers =
  (status, { headers, body = {} } = {}) =>
  () => ({ status, headers, body });

/**
 * Refuses because there were too many calls.
 *
 * @param {number} [seconds] of `Retry-After`
 */
export function tooMany(seconds) {
  /** @type {Record<string, string>} */
  const headers = seconds === undefined ? {} : { "retry-after": String(seconds) };
  return answers(429, { headers, body: "Rate limit exceeded" });
}

/** Never answers, and does nothing. @returns {Promise<Reply>} */
export const hangs = () => new Promise(() => {});

/** Cuts the connection, and does nothing. @returns {TakeOver} */
export const breaksOff = () => ({ take: (socket) => socket.destroy() });

/** Does what was asked for, and never answers. @type {Reaction} */
export const swallowsAnswer = ({ usual }) => {
  usual();
  return hangs();
};

/** Does what was asked for, and cuts the connection before it answers. @type {Reaction} */
export const losesAnswer = ({ usual }) => {
  usual();
  return breaksOff();
};

/**
 * Does what was asked for, and cuts the connection after the headers and half of the body.
 *
 * @param {Incoming} call
 * @returns {TakeOver}
 */
export const cutsInAnswer = ({ usual }) => {
  const { status, body } = usual();
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const head = `HTTP/1.1 ${status} Cut\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\n\r\n`;
  const half = Buffer.concat([Buffer.from(head), bytes.subarray(0, bytes.length >> 1)]);
  return { take: (socket) => socket.write(half, () => socket.destroy()) };
};

/**
 * Waits before it reacts.
 *
 * @param {number | (() => number)} wait milliseconds, or what returns them for each call
 * @param {Reaction} [then]
 * @returns {Reaction}
 */
export function late(wait, then = asUsual) {
  const next = typeof wait === "number" ? () => wait : wait;
  return async (call) => {
    await call.provider.clock.wait(next());
    return then(call);
  };
}

/**
 * Reacts so at a share of the calls, and as usual at the others: the same ones for the same seed.
 *
 * @param {number} share from 0 to 1
 * @param {Reaction} reaction
 * @returns {Reaction}
 */
export function sometimes(share, reaction, seed = 1) {
  const prng = new Prng(seed);
  return (call) => (prng.chance(share) ? reaction(call) : call.usual());
}

/**
 * Waits for `late` that vary: the same ones for the same seed.
 *
 * @param {number} fromMs
 * @param {number} toMs
 */
export function between(fromMs, toMs, seed = 1) {
  const prng = new Prng(seed);
  return () => fromMs + prng.next() * (toMs - fromMs);
}

/**
 * An answer that waits: `arrived` resolves when the call is there, and `open()` lets it go on.
 *
 * @param {Reaction} [then]
 */
export function gate(then = asUsual) {
  const { promise: opened, resolve: open } = /** @type {PromiseWithResolvers<void>} */ (Promise.withResolvers());
  const { promise: arrived, resolve: arrive } = /** @type {PromiseWithResolvers<void>} */ (Promise.withResolvers());
  /** @type {Reaction} */
  const reaction = async (call) => {
    arrive();
    await opened;
    return then(call);
  };
  return { arrived, open, reaction };
}
