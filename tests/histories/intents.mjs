// Chooses the calls of a history's clients: about few sessions, so that the calls interfere, and with short timeouts.

import { setTimeout as pause } from "node:timers/promises";

import { placeOf } from "./partition.mjs";

/**
 * @typedef {import("./answers.mjs").SessionView} SessionView
 * @typedef {import("./life.mjs").CreateValues} CreateValues
 * @typedef {import("./life.mjs").ChangeValues} ChangeValues
 * @typedef {import("../support/prng.mjs").Prng} Prng
 *
 * @typedef {{isAudit?: boolean}} Audit whether the call belongs to the listing at the end of a history
 * @typedef {{place: string, label: string, id?: string, owner: string, values: CreateValues} & Audit} CreateRequest
 * @typedef {{id: string} & Audit} IdRequest
 * @typedef {{id: string, values: ChangeValues} & Audit} ChangeRequest
 * @typedef {{status?: string, owner?: string, cursor?: string} & Audit} ListRequest
 * @typedef {{owner?: string, dryRun: boolean} & Audit} ReleaseAllRequest
 *
 * @typedef {{method: string, path: string, headers?: Record<string, string>, body?: object}} Sent
 * @typedef {Sent & {what: "create", request: CreateRequest}} CreateIntent
 * @typedef {Sent & {what: "get" | "release" | "details", request: IdRequest}} IdIntent
 * @typedef {Sent & {what: "change", request: ChangeRequest}} ChangeIntent
 * @typedef {Sent & {what: "list", request: ListRequest}} ListIntent
 * @typedef {Sent & {what: "releaseAll", request: ReleaseAllRequest}} ReleaseAllIntent
 * @typedef {CreateIntent | IdIntent | ChangeIntent | ListIntent | ReleaseAllIntent} Intent one call to make: what is
 * sent, and the `request` that the checks read
 *
 * @typedef {object} CreateBody
 * @property {number} timeout
 * @property {string} owner
 * @property {number} [inactivityTimeout]
 * @property {Record<string, string>} [metadata]
 * @property {number} [wait]
 * @property {string} [sessionId]
 *
 * @typedef {{name: string, id?: string, body: CreateBody}} IntendedPlace
 */

const OWNERS = ["ann", "ben", "eve"];
// Several clients use a place at once, for a part of the history.
const CALLS_A_PLACE = { id: 14, key: 17 };
const WANTED_AT_ONCE = { id: 3, key: 2 };
// In a queue many different places should meet.
const LINE_CALLS_A_PLACE = { id: 6, key: 500 };
const LINE_WANTED_AT_ONCE = { id: 5, key: 1 };
const KNOWN_OF_LATE = 6;

const WEIGHTS = {
  createById: 13,
  createByKey: 11,
  createAlone: 2,
  get: 14,
  change: 15,
  release: 3.5,
  details: 6,
  meetDeadline: 15,
  listLive: 4,
  listAll: 3,
  listOwner: 2,
  releaseOwner: 0.4,
  releaseAll: 0.2,
  dryRun: 1.5,
};

// In a project with one slot creates wait in the queue, and clients release sessions and look who waits.
const LINE_WEIGHTS = {
  createById: 26,
  createAlone: 3,
  get: 4,
  change: 3,
  release: 30,
  details: 2,
  listLive: 6,
  listAll: 2,
  dryRun: 24,
  releaseOwner: 0.2,
};
const LINE_WAITS_MS = { least: 500, most: 2500 };

// Shorter than a history. The longer ones are long enough for a browser to be lost.
const LIVES_MS = [1000, 1000, 1200, 1500, 2000, 3000, 7000, 9000];
const APPROACH_MS_MAX = 400;
const WAITS_MS = { least: 50, most: 1500 };
const KINDS = /** @type {const} */ (["id", "key"]);

/** The calls of one history. Its clients share what they learn from answers. */
export class Intents {
  /** @type {Map<string, string>} the newest session id of each place */
  #known = new Map();
  /** @type {Map<string, number>} when each live session expires */
  #expiries = new Map();
  /** @type {{id: IntendedPlace[], key: IntendedPlace[]}} */
  #places = { id: [], key: [] };
  /** @type {{id: string, until: number} | undefined} the session that clients call about now */
  #hot;

  /**
   * @param {Prng} prng
   * @param {{calls: number, isLine: boolean}} options
   */
  constructor(prng, { calls, isLine }) {
    this.prng = prng;
    this.calls = calls;
    this.isLine = isLine;
    this.wantedAtOnce = isLine ? LINE_WANTED_AT_ONCE : WANTED_AT_ONCE;
    for (const kind of KINDS) {
      const callsAPlace = (isLine ? LINE_CALLS_A_PLACE : CALLS_A_PLACE)[kind];
      const count = Math.ceil(calls / callsAPlace) + this.wantedAtOnce[kind];
      this.#places[kind] = Array.from({ length: count }, (_, at) => this.#newPlace(kind, at));
    }
  }

  /**
   * @param {"id" | "key" | "none"} kind
   * @param {number} at
   * @returns {IntendedPlace}
   */
  #newPlace(kind, at) {
    const { prng } = this;
    /** @type {CreateBody} */
    const body = { timeout: prng.pick(LIVES_MS) + prng.whole(0, 99), owner: prng.pick(OWNERS) };
    if (prng.chance(0.15)) body.inactivityTimeout = prng.whole(1000, 2000);
    if (prng.chance(0.2)) body.metadata = { n: "0" };
    if (this.isLine) body.wait = prng.whole(LINE_WAITS_MS.least, LINE_WAITS_MS.most);
    else if (prng.chance(0.3)) body.wait = prng.whole(WAITS_MS.least, WAITS_MS.most);
    const id = kind === "id" ? prng.uuid() : undefined;
    if (id) body.sessionId = id;
    return { name: `${kind}:${at}`, id, body };
  }

  /**
   * Remembers the sessions of an answer.
   *
   * @param {SessionView[]} sessions
   */
  learn(sessions) {
    for (const { id, status, expiresAt, config } of sessions) {
      const label = config?.lambdatestOptions?.name;
      // The newest come last.
      if (label && this.#known.get(placeOf(label)) !== id) {
        this.#known.delete(placeOf(label));
        this.#known.set(placeOf(label), id);
      }
      if (status === "live") this.#expiries.set(id, Date.parse(expiresAt));
      else this.#expiries.delete(id);
    }
  }

  /**
   * The next call of a client. A call that aims at a deadline waits for it first.
   *
   * @param {number} number of the call; it also says how far the history has come
   * @returns {Promise<Intent>}
   */
  async next(number) {
    const kind = this.isLine ? this.prng.weightedName(LINE_WEIGHTS) : this.prng.weightedName(WEIGHTS);
    if (kind !== "meetDeadline") return this[kind](number);
    const due = this.#soonDue();
    if (!due) return this.get(number);
    const [id, expiresAt] = due;
    // The client's own way to the service takes about a millisecond.
    await pause(Math.max(0, expiresAt - Date.now() + this.prng.whole(-4, 3)));
    const at = this.prng.weightedName({ change: 6, release: 2, get: 2, details: 1 });
    return this[at](number, id);
  }

  #soonDue() {
    const now = Date.now();
    const due = [...this.#expiries].filter(([, at]) => at > now && at < now + APPROACH_MS_MAX);
    return due.length > 0 ? this.prng.pick(due) : undefined;
  }

  /**
   * @param {"id" | "key"} kind
   * @param {number} number
   */
  #wanted(kind, number) {
    const places = this.#places[kind];
    const wanted = this.wantedAtOnce[kind];
    const first = Math.floor((number / this.calls) * (places.length - wanted));
    return places[first + this.prng.whole(0, wanted - 1)];
  }

  /**
   * A session to call about: mostly the one that other clients call about now.
   *
   * @param {number} number
   */
  #target(number) {
    if (this.#hot && this.#hot.until > number && this.prng.chance(0.6)) return this.#hot.id;
    const known = [...this.#known.values()].slice(-KNOWN_OF_LATE);
    const alive = known.filter((id) => this.#expiries.has(id));
    const isEarly = known.length === 0 || this.prng.chance(0.12);
    const ids = alive.length > 0 && this.prng.chance(0.6) ? alive : known;
    const id = isEarly ? (this.#wanted("id", number).id ?? "") : this.prng.pick(ids);
    this.#hot = { id, until: number + this.prng.whole(4, 20) };
    return id;
  }

  /**
   * @param {IntendedPlace} place
   * @param {Record<string, string>} headers
   * @returns {CreateIntent}
   */
  #create(place, headers) {
    const variant = this.prng.chance(0.06) ? "b" : "a";
    const label = `${place.name}/${variant}`;
    const { timeout, inactivityTimeout: inactivity = null, metadata = {}, owner, wait = null } = place.body;
    const values = { timeout, inactivity, metadata: JSON.stringify(metadata), wait };
    return {
      what: "create",
      method: "POST",
      path: "/v1/sessions",
      headers,
      body: { ...place.body, lambdatestOptions: { name: label } },
      request: { place: place.name, label, id: place.id, owner, values },
    };
  }

  /** @param {number} number */
  createById(number) {
    const place = this.#wanted("id", number);
    // A key in addition to an id must change nothing.
    return this.#create(place, this.prng.chance(0.3) ? { "idempotency-key": place.name } : {});
  }

  /** @param {number} number */
  createByKey(number) {
    const place = this.#wanted("key", number);
    return this.#create(place, { "idempotency-key": place.name });
  }

  /** @param {number} number */
  createAlone(number) {
    return this.#create(this.#newPlace("none", number), {});
  }

  /**
   * @param {number} number
   * @param {string} [id]
   * @returns {IdIntent}
   */
  get(number, id = this.#target(number)) {
    return { what: "get", method: "GET", path: `/v1/sessions/${id}`, request: { id } };
  }

  /**
   * @param {number} number
   * @param {string} [id]
   * @returns {IdIntent}
   */
  details(number, id = this.#target(number)) {
    return { what: "details", method: "GET", path: `/v1/sessions/${id}/live-details`, request: { id } };
  }

  /**
   * @param {number} number
   * @param {string} [id]
   * @returns {IdIntent}
   */
  release(number, id = this.#target(number)) {
    return { what: "release", method: "POST", path: `/v1/sessions/${id}/release`, request: { id } };
  }

  /**
   * @param {number} number
   * @param {string} [id]
   * @returns {ChangeIntent}
   */
  change(number, id = this.#target(number)) {
    const { prng } = this;
    const kind = prng.weightedName({ timeout: 5, metadata: 3, both: 2, inactivityTimeout: 1 });
    /** @type {{timeout?: number, metadata?: Record<string, string>, inactivityTimeout?: number}} */
    const body = {};
    if (kind === "timeout" || kind === "both") body.timeout = prng.whole(1000, 4000);
    if (kind === "metadata" || kind === "both") body.metadata = { n: String(number) };
    if (kind === "inactivityTimeout") body.inactivityTimeout = prng.whole(1000, 3000);
    const values = {
      timeout: body.timeout,
      inactivity: body.inactivityTimeout,
      metadata: body.metadata && JSON.stringify(body.metadata),
    };
    return { what: "change", method: "PATCH", path: `/v1/sessions/${id}`, body, request: { id, values } };
  }

  listLive = () => list({ status: "live" });
  listAll = () => list({});
  listOwner = () => list({ status: "live", owner: this.prng.pick(OWNERS) });
  releaseOwner = () => releaseAll({ owner: this.prng.pick(OWNERS) });
  releaseAll = () => releaseAll({});
  dryRun = () => releaseAll({ dryRun: true, ...(this.prng.chance(0.5) ? { owner: this.prng.pick(OWNERS) } : {}) });
}

/**
 * A page of a list, of the largest size.
 *
 * @param {ListRequest} request
 * @returns {ListIntent}
 */
export const list = ({ status, owner, cursor }) => ({
  what: "list",
  method: "GET",
  path: `/v1/sessions?${query({ status, owner, limit: 100, cursorId: cursor })}`,
  request: { status, owner, cursor },
});

/**
 * @param {Partial<ReleaseAllRequest>} request
 * @returns {ReleaseAllIntent}
 */
export const releaseAll = ({ owner, dryRun = false }) => ({
  what: "releaseAll",
  method: "POST",
  path: `/v1/sessions/release?${query({ owner, dryRun })}`,
  request: { owner, dryRun },
});

/** @param {Record<string, string | number | boolean | undefined>} parameters */
const query = (parameters) =>
  new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  ).toString();
