// Every client's calls and answers, and the faults of the service. Times are this machine's, in
// milliseconds: clients and service share one clock.

/**
 * @import { SessionData } from "../../src/client/types.ts"
 *
 * @typedef {object} Call what one client asked, and the answer that it got, if it got one
 * @property {string} project
 * @property {string} who
 * @property {"create" | "get" | "list" | "change" | "release" | "connect"} what
 * @property {number} start
 * @property {number} [end]
 * @property {number} [status] of the answer; absent if the connection broke or no answer came
 * @property {string} [code] of a problem
 * @property {string} [error] why there is no answer
 * @property {string} [id] the session that was asked about
 * @property {string} [key] what makes a create safe to repeat
 * @property {number} [timeout] that was asked for
 * @property {Seen[]} seen sessions as the answer shows them
 *
 * @typedef {object} Seen one session in one answer
 * @property {string} id
 * @property {"live" | "released" | "failed"} status
 * @property {number} createdAt
 * @property {number} timeout
 * @property {number} expiresAt
 * @property {number} [endedAt]
 * @property {string} [reason]
 * @property {boolean} [closing]
 *
 * @typedef {object} Fault
 * @property {string} kind
 * @property {number} at
 * @property {string} [victim] the process that was hit
 * @property {number} [wholeMs] how long recovery took, once it is known
 * @property {"browser" | "all"} [kills] whose browsers this ends
 * @property {string} [browser]
 */

export class History {
  /** @type {Call[]} */
  calls = [];
  /**
   * Which browser was behind a session, as the browser itself said.
   *
   * @type {{id: string, browser: string, at: number}[]}
   */
  browsers = [];
  /** @type {Fault[]} */
  faults = [];
  /** When serving processes have ended, however they did. @type {number[]} */
  ends = [];

  /**
   * Notes that a call begins; `end` says how it went.
   *
   * @param {Omit<Call, "start" | "seen">} call
   */
  begin(call) {
    /** @type {Call} */
    const begun = { ...call, start: Date.now(), seen: [] };
    this.calls.push(begun);
    return begun;
  }

  /**
   * @param {Call} call
   * @param {Partial<Call>} outcome
   */
  end(call, outcome) {
    return Object.assign(call, outcome, { end: Date.now() });
  }

  serverEnded() {
    this.ends.push(Date.now());
  }

  /**
   * @param {string} id
   * @param {string} browser
   */
  meet(id, browser) {
    this.browsers.push({ id, browser, at: Date.now() });
  }

  /**
   * The sessions that this browser was behind.
   *
   * @param {string} browser
   */
  sessionsOf(browser) {
    return new Set(this.browsers.filter((met) => met.browser === browser).map(({ id }) => id));
  }
}

/**
 * What the audit needs of a session's view.
 *
 * @param {SessionData} session
 * @returns {Seen}
 */
export function see({ id, status, createdAt, timeout, expiresAt, endedAt, releaseReason, closing }) {
  return {
    id,
    status,
    createdAt: Date.parse(createdAt),
    timeout,
    expiresAt: Date.parse(expiresAt),
    ...(endedAt && { endedAt: Date.parse(endedAt) }),
    ...(releaseReason && { reason: releaseReason }),
    ...(closing && { closing }),
  };
}

/**
 * The calls in which a session, or a key, plays a part; about a moment, those that were to start a browser then.
 *
 * @param {History} history
 * @param {{id?: string, key?: string, moment?: number}} about
 */
export function callsAbout({ calls }, { id, key, moment }) {
  /** @param {import("./history.mjs").Call} call */
  const isAbout = (call) =>
    call.id === id || call.seen.some((/** @type {import("./history.mjs").Seen} */ seen) => seen.id === id);
  /** @param {{what: string, start: number, end?: number}} options */
  const isDuring = ({ what, start, end = Infinity }) =>
    what === "create" && moment !== undefined && start <= moment && end >= moment;
  return calls.filter((/** @type {import("./history.mjs").Call} */ call) => {
    return (id !== undefined && isAbout(call)) || (key !== undefined && call.key === key) || isDuring(call);
  });
}
