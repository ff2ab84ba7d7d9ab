// Histories written by hand, for tests of the check: each call's request, times and answer.
//
// Times are in ms since the story began. A call took `[from, to]`; `[from]` was never answered.

import { check } from "./check.mjs";

/**
 * @typedef {import("./answers.mjs").Body} Body
 * @typedef {import("./answers.mjs").SessionView} SessionView
 * @typedef {import("./recorder.mjs").Call} Call
 * @typedef {import("./recorder.mjs").CreateCall} CreateCall
 *
 * @typedef {[from: number, to?: number]} Times
 * @typedef {{id: string, expiresAt: string}} Holder
 * @typedef {Body | keyof typeof STATUSES} StoryAnswer a body, or the code of a problem
 * @typedef {{variant?: string, owner?: string, wait?: number | null, inactivity?: number | null,
 * holders?: Holder[]}} CreateOptions
 * @typedef {{id?: string, timeout?: number, metadata?: Record<string, string>, variant?: string,
 * inactivityTimeout?: number}} LiveOptions
 */

const BEGAN = Date.parse("2026-11-22T12:00:00.000Z");
const VALUES = { timeout: 1000, inactivity: null, metadata: "{}", wait: null };

const iso = (/** @type {number} */ time) => new Date(BEGAN + time).toISOString();

export class Story {
  /** @type {Call[]} */
  #calls = [];
  #limit;

  constructor({ limit = 3 } = {}) {
    this.#limit = limit;
  }

  /**
   * A create, answered with a session, or with the code of a problem.
   *
   * @param {Times} times
   * @param {string} place
   * @param {StoryAnswer} [answer]
   * @param {CreateOptions} [options]
   */
  create(times, place, answer, { variant = "a", owner = "ann", wait = null, inactivity = null, holders } = {}) {
    const id = place.startsWith("id:") ? place : undefined;
    const request = { place, label: `${place}/${variant}`, id, owner, values: { ...VALUES, wait, inactivity } };
    return this.#tell("create", times, request, answer, { ok: 201, holders });
  }

  /**
   * The same create again: it finds the session.
   *
   * @param {Times} times
   * @param {string} place
   * @param {StoryAnswer} answer
   * @param {CreateOptions} [options]
   */
  createAgain(times, place, answer, options) {
    this.create(times, place, answer, options);
    const made = this.#last().answer;
    if (typeof answer !== "string" && made) made.status = 200;
    return this;
  }

  /**
   * @param {Times} times
   * @param {string} id
   * @param {StoryAnswer} [answer]
   */
  get(times, id, answer) {
    return this.#tell("get", times, { id }, answer);
  }

  /**
   * @param {Times} times
   * @param {string} id
   * @param {{timeout?: number, inactivityTimeout?: number, metadata?: Record<string, string>}} body
   * @param {StoryAnswer} [answer]
   */
  change(times, id, body, answer) {
    const { timeout, inactivityTimeout: inactivity, metadata } = body;
    const values = { timeout, inactivity, metadata: metadata && JSON.stringify(metadata) };
    return this.#tell("change", times, { id, values }, answer);
  }

  /**
   * @param {Times} times
   * @param {string} id
   * @param {SessionView | keyof typeof STATUSES} [answer]
   */
  release(times, id, answer) {
    return this.#tell("release", times, { id }, typeof answer === "object" ? { session: answer } : answer);
  }

  /**
   * @param {Times} times
   * @param {string} id
   * @param {StoryAnswer} [answer]
   */
  details(times, id, answer = {}) {
    return this.#tell("details", times, { id }, answer);
  }

  /**
   * @param {Times} times
   * @param {{status?: string, owner?: string, nextCursor?: string | null, totalCount?: number}} request
   * @param {SessionView[]} sessions
   */
  list(times, { status, owner, nextCursor = null, totalCount }, sessions) {
    const answer = { sessions, nextCursor, totalCount: totalCount ?? sessions.length };
    return this.#tell("list", times, { status, owner }, answer);
  }

  /**
   * The list at the end of a history: it shows every session of the project.
   *
   * @param {Times} times
   * @param {SessionView[]} sessions
   */
  listAtTheEnd(times, sessions) {
    this.list(times, {}, sessions);
    this.#last().request.isAudit = true;
    return this;
  }

  /**
   * @param {Times} times
   * @param {{owner?: string, dryRun?: boolean}} request
   * @param {string[]} [ids]
   */
  releaseAll(times, { owner, dryRun = false }, ids) {
    const outcome = dryRun ? "would_release" : "released";
    return this.#tell("releaseAll", times, { owner, dryRun }, ids && { results: ids.map((id) => ({ id, outcome })) });
  }

  /** The client of the last call did not mean to hang up. */
  inVain() {
    this.#last().hangsUp = false;
    return this;
  }

  #last() {
    const call = this.#calls.at(-1);
    if (!call) throw new Error("the story has no calls");
    return call;
  }

  /**
   * @param {Call["what"]} what
   * @param {Times} times
   * @param {Call["request"]} request
   * @param {StoryAnswer} [answer]
   * @param {{ok?: number, holders?: Holder[]}} [options]
   */
  #tell(what, [from, to = Infinity], request, answer, { ok = 200, holders } = {}) {
    const number = this.#calls.length + 1;
    const times = { begun: from, ended: to, begunAt: BEGAN + from, endedAt: BEGAN + to };
    const reply = () => (typeof answer === "string" ? problem(answer, holders) : { status: ok, body: answer });
    const known = { number, client: number, hangsUp: to === Infinity, isBroken: false, ...times };
    const answered = to === Infinity ? {} : { answer: reply() };
    this.#calls.push(/** @type {Call} */ ({ ...known, what, request, ...answered }));
    return this;
  }

  get history() {
    return { name: "a story", seed: "none", limit: this.#limit, calls: this.#calls };
  }

  /** What is wrong with it. */
  get violations() {
    return check(this.history).violations;
  }
}

const STATUSES = {
  session_not_found: 404,
  session_ended: 409,
  not_watched: 409,
  released_while_starting: 409,
  idempotency_mismatch: 422,
  limit_reached: 429,
  provider_error: 502,
};

/**
 * @param {keyof typeof STATUSES} code
 * @param {Holder[]} [holders]
 */
function problem(code, holders = []) {
  const held = holders.map(({ id, expiresAt }) => ({ id, expiresAt }));
  return { status: STATUSES[code], body: { code, ...(code === "limit_reached" ? { holders: held } : {}) } };
}

/**
 * A live session as an answer shows it.
 *
 * @param {string} place
 * @param {number} createdAt
 * @param {LiveOptions} [options]
 * @returns {SessionView}
 */
export function live(place, createdAt, options = {}) {
  const { id = place, timeout = VALUES.timeout, metadata = {}, variant = "a", inactivityTimeout } = options;
  return {
    id,
    status: "live",
    createdAt: iso(createdAt),
    timeout,
    expiresAt: iso(createdAt + timeout),
    metadata,
    inactivityTimeout,
    websocketUrl: `ws://host/v1/sessions/${id}/connect?token=t`,
    config: { lambdatestOptions: { name: `${place}/${variant}` } },
  };
}

/**
 * The same session, ended.
 *
 * @param {SessionView} session
 * @param {number} endedAt
 * @returns {SessionView}
 */
export const ended = (session, endedAt, releaseReason = "user_requested") => ({
  ...session,
  status: releaseReason === "browser_lost" ? "failed" : "released",
  endedAt: iso(endedAt),
  releaseReason,
  ...(releaseReason === "browser_lost" ? { failure: { code: releaseReason } } : {}),
});

/**
 * A session that never was live.
 *
 * @param {string} place
 * @param {number} endedAt
 * @param {string} releaseReason
 * @param {LiveOptions} [options]
 * @returns {SessionView}
 */
export const neverLive = (place, endedAt, releaseReason, options) => ({
  ...ended(live(place, endedAt, options), endedAt, releaseReason),
  ...(releaseReason === "startup_failed" ? { status: "failed", failure: { code: "provider_error" } } : {}),
});
