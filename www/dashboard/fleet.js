// The sessions that are shown: listed once, then kept up to date by events alone.

import { passes } from "./filter.js";
import { Roll } from "./roll.js";

// Small enough that to take one in holds up no frame.
const PAGE = 50;
const RECOUNT_AFTER_MS = 500;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const lived = (place) => ({ ...place, status: "live" });

/** The two lists of a filter; null for one that it leaves out. */
function rollsOf(place) {
  const isLive = (session) => session.status === "live" && passes(place, session);
  const isEnded = (session) => session.status !== "live" && passes(place, session);
  const live = place.status === null || place.status === "live" ? new Roll(isLive) : null;
  return { live, ended: place.status === "live" ? null : new Roll(isEnded) };
}

/**
 * Tells by events of its own: `change` (the lists), `connection`, `happened` (one of the service's events, as `detail`),
 * `trouble` (an error as `detail`, or none once it is over).
 */
export class Fleet extends EventTarget {
  #client;
  #place;
  #listing = new AbortController();
  #loading = new Map();
  // Those that are being listed: events count for them already.
  #coming = { live: null, ended: null };

  /** Those that are live, and those that ended; null where the filter leaves them out. */
  live = null;
  ended = null;
  /** `connecting`, `live` or `lost`. */
  connection = "connecting";

  constructor(client) {
    super();
    this.#client = client;
  }

  /** Follows the service's events. What happened before the first `ready` may be missing: then it is listed anew. Afterwards events fill each gap. */
  async follow() {
    let isFollowed = false;
    try {
      for await (const message of this.#client.events()) {
        const isFirst = !isFollowed && message.type === "ready";
        isFollowed ||= message.type !== "disconnected";
        if (isFirst) this.#catchUp();
        else this.#take(message);
      }
    } catch (error) {
      this.#tell("trouble", error);
    }
  }

  async #catchUp() {
    await this.list();
    if (this.connection === "connecting") this.#become("live");
  }

  #take(message) {
    if (message.type === "disconnected") return this.#become("lost");
    if (message.type === "reset") this.list();
    if (message.type === "ready" || message.type === "reset") return this.#become("live");
    const rolls = new Set([this.live, this.ended, this.#coming.live, this.#coming.ended]);
    const changes = [...rolls].map((roll) => roll?.takeEvent(message));
    this.#tell("happened", message);
    if (changes.some(Boolean)) this.#tell("change");
  }

  #become(connection) {
    this.connection = connection;
    this.#tell("connection");
  }

  /** Lists what a filter names. */
  async filter(place) {
    this.#place = place;
    await this.list();
  }

  /** Lists anew: the first page of each list. What was shown stays until they are there. */
  async list() {
    this.#listing.abort();
    const { signal } = (this.#listing = new AbortController());
    const place = this.#place;
    const { live, ended } = (this.#coming = rollsOf(place));
    try {
      const [lives, ends] = await Promise.all([
        live && this.#ask(live, lived(place), signal),
        ended && this.#ask(ended, place, signal),
      ]);
      if (signal.aborted) return;
      live?.takePage(lives.page, lives);
      ended?.takePage(ends.page, { ...ends, total: ends.total - (live?.total ?? 0) });
      Object.assign(this, { live, ended });
      this.#tell("trouble", null);
      this.#tell("change");
      if (live) this.#load(live, lived(place), Infinity, signal);
      this.#recount(place, signal);
    } catch (error) {
      if (!signal.aborted) this.#tell("trouble", error);
    }
  }

  // An event that came while a page was on its way may be in the page's count or not: the count is asked for again.
  async #recount(place, signal) {
    const { live, ended } = this;
    while (!(live?.isCountSure ?? true) || !(ended?.isCountSure ?? true)) {
      await pause(RECOUNT_AFTER_MS);
      if (signal.aborted) return;
      const count = async (roll, of) => roll && (await this.#ask(roll, of, signal, 1));
      const [lives, ends] = await Promise.all([count(live, lived(place)), count(ended, place)]).catch(() => []);
      if (signal.aborted || !(lives || ends)) return;
      live?.takeTotal(lives.total, lives.askedAt);
      ended?.takeTotal(ends.total - (live?.count ?? 0), ends.askedAt);
      this.#tell("change");
    }
  }

  /** Loads ended sessions until `count` of them are there, or all. */
  async loadEnded(count) {
    if (this.ended) await this.#load(this.ended, this.#place, count, this.#listing.signal);
  }

  async #load(roll, place, count, signal) {
    this.#loading.set(roll, Math.max(count, this.#loading.get(roll) ?? 0));
    if (roll.isLoading) return;
    roll.isLoading = true;
    try {
      while (!roll.complete && roll.loaded.length < this.#loading.get(roll) && !signal.aborted) {
        const answer = await this.#ask(roll, place, signal);
        if (signal.aborted) return;
        const others = roll === this.ended ? (this.live?.count ?? 0) : 0;
        roll.takePage(answer.page, { ...answer, total: answer.total - others });
        this.#tell("change");
      }
    } catch (error) {
      if (!signal.aborted) this.#tell("trouble", error);
    } finally {
      roll.isLoading = false;
      this.#loading.delete(roll);
    }
  }

  async #ask(roll, { status, owner, metadata }, signal, limit = PAGE) {
    const askedAt = roll.tick;
    const options = { limit, metadata: { ...metadata } };
    if (status) options.status = status;
    if (owner) options.owner = owner;
    if (roll.cursor) options.cursorId = roll.cursor;
    const page = await this.#client.sessions.list(options, { signal });
    return { page, nextCursor: page.nextCursor, total: page.totalCount, askedAt };
  }

  /** What is known of a session here. */
  get(id) {
    return this.live?.get(id) ?? this.ended?.get(id);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
