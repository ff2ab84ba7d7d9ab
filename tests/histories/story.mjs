// Histories told by hand, for tests of the check: what each call asked, when, and what came back.
//
// Times are in ms since the story began. A call is told as `[from, to]`; `[from]` was never answered.

import { check } from "./check.mjs";

const BEGAN = Date.parse("2026-11-22T12:00:00.000Z");
const VALUES = { timeout: 1000, inactivity: null, metadata: "{}", wait: null };

const iso = (time) => new Date(BEGAN + time).toISOString();

export class Story {
  #calls = [];
  #limit;

  constructor({ limit = 3 } = {}) {
    this.#limit = limit;
  }

  /** A create, answered with a session, or with the code of a problem. */
  create(times, place, answer, { variant = "a", owner = "ann", wait = null, inactivity = null, holders } = {}) {
    const id = place.startsWith("id:") ? place : undefined;
    const request = { place, label: `${place}/${variant}`, id, owner, values: { ...VALUES, wait, inactivity } };
    return this.#tell("create", times, request, answer, { ok: 201, holders });
  }

  /** The same again: it comes upon the session that is there. */
  createAgain(times, place, answer, options) {
    this.create(times, place, answer, options);
    if (typeof answer !== "string") this.#calls.at(-1).answer.status = 200;
    return this;
  }

  get(times, id, answer) {
    return this.#tell("get", times, { id }, answer);
  }

  change(times, id, body, answer) {
    const { timeout, inactivityTimeout: inactivity, metadata } = body;
    const values = { timeout, inactivity, metadata: metadata && JSON.stringify(metadata) };
    return this.#tell("change", times, { id, values }, answer);
  }

  release(times, id, answer) {
    return this.#tell("release", times, { id }, typeof answer === "object" ? { session: answer } : answer);
  }

  details(times, id, answer = {}) {
    return this.#tell("details", times, { id }, answer);
  }

  list(times, { status, owner, nextCursor = null, totalCount } = {}, sessions) {
    const answer = { sessions, nextCursor, totalCount: totalCount ?? sessions.length };
    return this.#tell("list", times, { status, owner }, answer);
  }

  /** The list that a history ends with: it shows all that there was. */
  listAtTheEnd(times, sessions) {
    this.list(times, {}, sessions);
    this.#calls.at(-1).request.isAudit = true;
    return this;
  }

  releaseAll(times, { owner, dryRun = false } = {}, ids) {
    const outcome = dryRun ? "would_release" : "released";
    return this.#tell("releaseAll", times, { owner, dryRun }, ids && { results: ids.map((id) => ({ id, outcome })) });
  }

  /** The client of the last call did not mean to hang up. */
  inVain() {
    this.#calls.at(-1).hangsUp = false;
    return this;
  }

  #tell(what, [from, to = Infinity], request, answer, { ok = 200, holders } = {}) {
    const number = this.#calls.length + 1;
    const times = { begun: from, ended: to, begunAt: BEGAN + from, endedAt: BEGAN + to };
    const call = { number, client: number, what, request, hangsUp: to === Infinity, isBroken: false, ...times };
    const told = () => (typeof answer === "string" ? problem(answer, holders) : { status: ok, body: answer });
    if (to !== Infinity) call.answer = told();
    this.#calls.push(call);
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

function problem(code, holders = []) {
  const held = holders.map(({ id, expiresAt }) => ({ id, expiresAt }));
  return { status: STATUSES[code], body: { code, ...(code === "limit_reached" ? { holders: held } : {}) } };
}

/** A live session as an answer shows it. */
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

/** The same, ended. */
export const ended = (session, endedAt, releaseReason = "user_requested") => ({
  ...session,
  status: releaseReason === "browser_lost" ? "failed" : "released",
  endedAt: iso(endedAt),
  releaseReason,
  ...(releaseReason === "browser_lost" ? { failure: { code: releaseReason } } : {}),
});

/** A session that never was live. */
export const neverLive = (place, endedAt, releaseReason, options) => ({
  ...ended(live(place, endedAt, options), endedAt, releaseReason),
  ...(releaseReason === "startup_failed" ? { status: "failed", failure: { code: "provider_error" } } : {}),
});
