// What the clients of a history want: few sessions, so that they get in each other's way, and short lives.

import { setTimeout as pause } from "node:timers/promises";

import { placeOf } from "./partition.mjs";

const OWNERS = ["ann", "ben", "eve"];
// A place is wanted while the history passes by; each is wanted by several clients at once.
const CALLS_A_PLACE = { id: 14, key: 17 };
const WANTED_AT_ONCE = { id: 3, key: 2 };
// In a line many different ones are to meet.
const LINE_CALLS_A_PLACE = { id: 6, key: 500 };
const LINE_WANTED_AT_ONCE = { id: 5, key: 1 };
const KNOWN_OF_LATE = 6;

const WISHES = {
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

// In a project of one slot creates stand in line, and clients make room and look who is there.
const LINE_WISHES = {
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
const LINE_WAITS_MS = [500, 2500];

// Shorter than a history, and the longer ones long enough to be lost.
const LIVES_MS = [1000, 1000, 1200, 1500, 2000, 3000, 7000, 9000];
const APPROACH_MS_MAX = 400;
const WAITS_MS = [50, 1500];

/** The wishes of one history. What clients have learned from answers they share. */
export class Intents {
  #known = new Map();
  #expiries = new Map();
  #places = { id: [], key: [] };
  #hot;

  constructor(prng, { calls, isLine }) {
    this.prng = prng;
    this.calls = calls;
    this.isLine = isLine;
    this.wantedAtOnce = isLine ? LINE_WANTED_AT_ONCE : WANTED_AT_ONCE;
    for (const kind of ["id", "key"]) {
      const callsAPlace = (isLine ? LINE_CALLS_A_PLACE : CALLS_A_PLACE)[kind];
      const count = Math.ceil(calls / callsAPlace) + this.wantedAtOnce[kind];
      this.#places[kind] = Array.from({ length: count }, (_, at) => this.#newPlace(kind, at));
    }
  }

  #newPlace(kind, at) {
    const { prng } = this;
    const body = { timeout: prng.pick(LIVES_MS) + prng.whole(0, 99), owner: prng.pick(OWNERS) };
    if (prng.chance(0.15)) body.inactivityTimeout = prng.whole(1000, 2000);
    if (prng.chance(0.2)) body.metadata = { n: "0" };
    if (this.isLine) body.wait = prng.whole(...LINE_WAITS_MS);
    else if (prng.chance(0.3)) body.wait = prng.whole(...WAITS_MS);
    const id = kind === "id" ? prng.uuid() : undefined;
    if (id) body.sessionId = id;
    return { name: `${kind}:${at}`, id, body };
  }

  /** Takes in what an answer shows. */
  learn(sessions) {
    for (const { id, status, expiresAt, config } of sessions) {
      const label = config?.lambdatestOptions?.name;
      // The newest stand last.
      if (label && this.#known.get(placeOf(label)) !== id) {
        this.#known.delete(placeOf(label));
        this.#known.set(placeOf(label), id);
      }
      if (status === "live") this.#expiries.set(id, Date.parse(expiresAt));
      else this.#expiries.delete(id);
    }
  }

  /**
   * The next call of a client: what `recorder.mjs` sends and writes down. `number` tells one call from another, and how
   * far the history has come. Waits first if it is aimed at a moment.
   */
  async next(number) {
    const wish = this.prng.weightedName(this.isLine ? LINE_WISHES : WISHES);
    if (wish !== "meetDeadline") return this[wish](number);
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

  #wanted(kind, number) {
    const places = this.#places[kind];
    const wanted = this.wantedAtOnce[kind];
    const first = Math.floor((number / this.calls) * (places.length - wanted));
    return places[first + this.prng.whole(0, wanted - 1)];
  }

  /** A session to ask about: mostly the one that others ask about now. */
  #target(number) {
    if (this.#hot && this.#hot.until > number && this.prng.chance(0.6)) return this.#hot.id;
    const known = [...this.#known.values()].slice(-KNOWN_OF_LATE);
    const alive = known.filter((id) => this.#expiries.has(id));
    const isEarly = known.length === 0 || this.prng.chance(0.12);
    const ids = alive.length > 0 && this.prng.chance(0.6) ? alive : known;
    const id = isEarly ? this.#wanted("id", number).id : this.prng.pick(ids);
    this.#hot = { id, until: number + this.prng.whole(4, 20) };
    return id;
  }

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

  createById(number) {
    const place = this.#wanted("id", number);
    // A key beside an id says nothing more; it must do no harm either.
    return this.#create(place, this.prng.chance(0.3) ? { "idempotency-key": place.name } : {});
  }

  createByKey(number) {
    const place = this.#wanted("key", number);
    return this.#create(place, { "idempotency-key": place.name });
  }

  createAlone(number) {
    return this.#create(this.#newPlace("none", number), {});
  }

  get(number, id = this.#target(number)) {
    return { what: "get", method: "GET", path: `/v1/sessions/${id}`, request: { id } };
  }

  details(number, id = this.#target(number)) {
    return { what: "details", method: "GET", path: `/v1/sessions/${id}/live-details`, request: { id } };
  }

  release(number, id = this.#target(number)) {
    return { what: "release", method: "POST", path: `/v1/sessions/${id}/release`, request: { id } };
  }

  change(number, id = this.#target(number)) {
    const { prng } = this;
    const kind = prng.weightedName({ timeout: 5, metadata: 3, both: 2, inactivityTimeout: 1 });
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

/** A page of a list, as large as there are. */
export const list = ({ status, owner, cursor }) => ({
  what: "list",
  method: "GET",
  path: `/v1/sessions?${query({ status, owner, limit: 100, cursorId: cursor })}`,
  request: { status, owner, cursor },
});

export const releaseAll = ({ owner, dryRun = false }) => ({
  what: "releaseAll",
  method: "POST",
  path: `/v1/sessions/release?${query({ owner, dryRun })}`,
  request: { owner, dryRun },
});

const query = (parameters) =>
  new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined)).toString();
