// The sessions that are shown: listed once, then kept up to date by events alone.

/** @import { EventMessage, SessionData, SessionEvent, Tidewatch } from "tidewatch" */
/** @import { Place } from "./address.js" */
/** @import { Failure } from "../page/failure.js" */

import { Emitter } from "../page/emitter.js";
import { failureOf } from "../page/failure.js";
import { passes } from "./filter.js";
import { SessionList } from "./session_list.js";

// Small enough that adding a page delays no frame.
const PAGE = 50;
const RECOUNT_AFTER_MS = 500;

/** @typedef {{live: SessionList | null, ended: SessionList | null}} Lists null for a list that the filter excludes */
/** @typedef {{sessions: SessionData[], nextCursor: string | null, total: number, askedAt: number}} Page */
/** @typedef {"connecting" | "live" | "lost"} ConnectionState */

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @param {Place} place
 * @returns {Place}
 */
const onlyLive = (place) => ({ ...place, status: "live" });

/**
 * @param {Place} place
 * @returns {Lists}
 */
function listsOf(place) {
  const isLive = (/** @type {SessionData} */ session) => session.status === "live" && passes(place, session);
  const isEnded = (/** @type {SessionData} */ session) => session.status !== "live" && passes(place, session);
  const live = place.status === null || place.status === "live" ? new SessionList(isLive) : null;
  return { live, ended: place.status === "live" ? null : new SessionList(isEnded) };
}

/**
 * Emits `change` when the lists have changed, `connection` when the connection has, `happened` for each event of the
 * service, and `trouble` with an error, or with null once it is over.
 *
 * @extends {Emitter<{change: null, connection: null, happened: SessionEvent, trouble: Failure | null}>}
 */
export class Fleet extends Emitter {
  #client;
  /** @type {Place} */
  #place;
  #listing = new AbortController();
  /** @type {Map<SessionList, number>} how many sessions each list shall load */
  #wanted = new Map();
  /**
   * The lists whose first pages are loading. Events apply to them already.
   *
   * @type {Lists}
   */
  #pending = { live: null, ended: null };

  /** @type {SessionList | null} null where the filter excludes live sessions */
  live = null;
  /** @type {SessionList | null} null where the filter excludes ended sessions */
  ended = null;
  /** @type {ConnectionState} */
  connection = "connecting";

  /**
   * @param {Tidewatch} client
   * @param {Place} place
   */
  constructor(client, place) {
    super();
    this.#client = client;
    this.#place = place;
  }

  /**
   * Follows the service's events. Events before the first `ready` may be missing, so the sessions are listed again
   * then. After that the client fills each gap.
   */
  async follow() {
    let isFollowing = false;
    try {
      for await (const message of this.#client.events()) {
        const isFirst = !isFollowing && message.type === "ready";
        isFollowing ||= message.type !== "disconnected";
        if (isFirst) this.#catchUp();
        else this.#take(message);
      }
    } catch (error) {
      this.emit("trouble", failureOf(error));
    }
  }

  async #catchUp() {
    await this.list();
    if (this.connection === "connecting") this.#become("live");
  }

  /** @param {EventMessage} message */
  #take(message) {
    if (message.type === "disconnected") return this.#become("lost");
    if (message.type === "reset") this.list();
    if (message.type === "ready" || message.type === "reset") return this.#become("live");
    const lists = new Set([this.live, this.ended, this.#pending.live, this.#pending.ended]);
    const changes = [...lists].map((list) => list?.takeEvent(message));
    this.emit("happened", message);
    if (changes.some(Boolean)) this.emit("change", null);
  }

  /** @param {ConnectionState} connection */
  #become(connection) {
    this.connection = connection;
    this.emit("connection", null);
  }

  /**
   * Lists the sessions of another filter.
   *
   * @param {Place} place
   */
  async filter(place) {
    this.#place = place;
    await this.list();
  }

  /** Loads the first page of each list again. What was shown stays until they have arrived. */
  async list() {
    this.#listing.abort();
    this.#listing = new AbortController();
    const { signal } = this.#listing;
    const place = this.#place;
    this.#pending = listsOf(place);
    const { live, ended } = this.#pending;
    try {
      const [livePage, endedPage] = await this.#request({ live, ended }, place, signal);
      if (signal.aborted) return;
      if (live && livePage) live.takePage(livePage.sessions, livePage);
      if (ended && endedPage)
        ended.takePage(endedPage.sessions, { ...endedPage, total: endedPage.total - (live?.total ?? 0) });
      this.live = live;
      this.ended = ended;
      this.emit("trouble", null);
      this.emit("change", null);
      if (live) this.#load(live, onlyLive(place), Infinity, signal);
      this.#recount(place, signal);
    } catch (error) {
      if (!signal.aborted) this.emit("trouble", failureOf(error));
    }
  }

  /**
   * Counts again while a count is not exact: an event that arrived while a page was loading may be in its count or not.
   *
   * @param {Place} place
   * @param {AbortSignal} signal
   */
  async #recount(place, signal) {
    const { live, ended } = this;
    while (!(live?.isCountSure ?? true) || !(ended?.isCountSure ?? true)) {
      await pause(RECOUNT_AFTER_MS);
      if (signal.aborted) return;
      try {
        const [livePage, endedPage] = await this.#request({ live, ended }, place, signal, 1);
        if (signal.aborted) return;
        if (live && livePage) live.takeTotal(livePage.total, livePage.askedAt);
        if (ended && endedPage) ended.takeTotal(endedPage.total - (live?.count ?? 0), endedPage.askedAt);
      } catch {
        return;
      }
      this.emit("change", null);
    }
  }

  /**
   * Loads ended sessions until `count` of them are loaded, or all.
   *
   * @param {number} count
   */
  async loadEnded(count) {
    if (this.ended) await this.#load(this.ended, this.#place, count, this.#listing.signal);
  }

  /**
   * @param {SessionList} list
   * @param {Place} place
   * @param {number} count
   * @param {AbortSignal} signal
   */
  async #load(list, place, count, signal) {
    const wanted = () => this.#wanted.get(list) ?? 0;
    this.#wanted.set(list, Math.max(count, wanted()));
    if (list.isLoading) return;
    list.isLoading = true;
    try {
      while (!list.complete && list.loaded.length < wanted() && !signal.aborted) {
        const page = await this.#ask(list, place, signal);
        if (signal.aborted) return;
        // The service counts the live sessions as well.
        const others = list === this.ended ? (this.live?.count ?? 0) : 0;
        list.takePage(page.sessions, { ...page, total: page.total - others });
        this.emit("change", null);
      }
    } catch (error) {
      if (!signal.aborted) this.emit("trouble", failureOf(error));
    } finally {
      list.isLoading = false;
      this.#wanted.delete(list);
    }
  }

  /**
   * The next page of both lists.
   *
   * @param {Lists} lists
   * @param {Place} place
   * @param {AbortSignal} signal
   * @param {number} [limit]
   */
  #request({ live, ended }, place, signal, limit) {
    return Promise.all([
      live && this.#ask(live, onlyLive(place), signal, limit),
      ended && this.#ask(ended, place, signal, limit),
    ]);
  }

  /**
   * @param {SessionList} list
   * @param {Place} place
   * @param {AbortSignal} signal
   * @returns {Promise<Page>}
   */
  async #ask(list, { status, owner, metadata }, signal, limit = PAGE) {
    const askedAt = list.tick;
    const sessions = await this.#client.sessions.list(
      {
        limit,
        metadata: { ...metadata },
        ...(status && { status }),
        ...(owner && { owner }),
        ...(list.cursor && { cursorId: list.cursor }),
      },
      { signal },
    );
    return { sessions, nextCursor: sessions.nextCursor, total: sessions.totalCount, askedAt };
  }

  /**
   * A session, if it is loaded.
   *
   * @param {string} id
   */
  get(id) {
    return this.live?.get(id) ?? this.ended?.get(id);
  }
}
