// One list of sessions, newest first, built from pages of the API's list and from events.
//
// Pages come from the newest to the oldest session. Sessions older than the end of the last page (the horizon) are not
// loaded yet. An event about such a session changes only the count: adding the session would leave a hole before it.

/** @import { SessionData, SessionEvent } from "tidewatch" */

/** @typedef {Pick<SessionEvent, "type" | "sessionId" | "session">} SessionChange */

/**
 * @param {SessionData} a
 * @param {SessionData} b
 */
const newestFirst = (a, b) => (a.createdAt === b.createdAt ? compare(b.id, a.id) : compare(b.createdAt, a.createdAt));

/**
 * @param {string} a
 * @param {string} b
 */
const compare = (a, b) => (a < b ? -1 : Number(a > b));

export class SessionList {
  #belongs;
  /** @type {Map<string, SessionData>} */
  #sessions = new Map();
  /** @type {SessionData[] | null} */
  #ordered = null;
  /**
   * The tick of each session's last event. A page that was requested before that event may be older than it.
   *
   * @type {Map<string, number>}
   */
  #eventTicks = new Map();
  #tick = 0;
  /** @type {SessionData | null} */
  #horizon = null;

  /** How many sessions the list has, loaded or not, as the service counted last. */
  total = 0;
  /** Whether all pages are loaded. */
  complete = false;
  /** Whether `total` is exact. An event that arrives while a page is loading may be in the page's count or not. */
  isCountSure = true;
  /** @type {string | undefined} the cursor of the next page; undefined for the first page */
  cursor = undefined;
  /** Whether pages are being loaded now. */
  isLoading = false;

  /** @param {(session: SessionData) => boolean} belongs which sessions are in the list */
  constructor(belongs) {
    this.#belongs = belongs;
  }

  /** The loaded sessions, newest first. */
  get loaded() {
    this.#ordered ??= [...this.#sessions.values()].sort(newestFirst);
    return this.#ordered;
  }

  /** @param {string} id */
  get(id) {
    return this.#sessions.get(id);
  }

  /** How many sessions the list has, as far as it is known. */
  get count() {
    return this.complete ? this.#sessions.size : Math.max(this.total, this.#sessions.size);
  }

  /** Counts events. Read it before a page is requested, and pass it on as the page's `askedAt`. */
  get tick() {
    return this.#tick;
  }

  /**
   * Adds the next page.
   *
   * @param {SessionData[]} sessions
   * @param {{nextCursor: string | null, total: number, askedAt: number}} page `total` counts the list's sessions on all
   *   pages
   */
  takePage(sessions, { nextCursor, total, askedAt }) {
    const known = this.#ordered;
    for (const session of sessions) {
      if ((this.#eventTicks.get(session.id) ?? 0) > askedAt) continue;
      this.#put(session);
    }
    this.#ordered = known && this.#append(known, sessions);
    this.cursor = nextCursor ?? undefined;
    this.complete = nextCursor === null;
    this.#horizon = this.complete ? null : (sessions.at(-1) ?? this.#horizon);
    this.takeTotal(total, askedAt);
    // Events from before this request are in this page, and so in all later pages.
    for (const [id, tick] of this.#eventTicks) if (tick <= askedAt) this.#eventTicks.delete(id);
  }

  /**
   * Takes the count of a page or of a recount.
   *
   * @param {number} total
   * @param {number} askedAt the tick when it was requested
   */
  takeTotal(total, askedAt) {
    this.total = total;
    this.isCountSure = this.complete || this.#tick === askedAt;
  }

  /**
   * Applies an event.
   *
   * @param {SessionChange} event
   * @returns {boolean} whether anything changed
   */
  takeEvent({ type, sessionId, session }) {
    this.#eventTicks.set(sessionId, ++this.#tick);
    const was = this.#sessions.has(sessionId);
    if (session && this.#belongs(session)) {
      if (!was && this.#isBeyondHorizon(session)) return this.#countUnloaded(type, +1);
      this.#put(session);
      if (!was) this.total += 1;
      return true;
    }
    if (!was) return session !== undefined && this.#isBeyondHorizon(session) && this.#countUnloaded(type, -1);
    this.#remove(sessionId);
    this.total -= 1;
    return true;
  }

  /**
   * The loaded sessions with the next page behind them; null if they must be sorted again. The next page continues
   * where the last one ended, so its sessions usually come after all others.
   *
   * @param {SessionData[]} known
   * @param {SessionData[]} sessions
   */
  #append(known, sessions) {
    const added = sessions.filter(({ id }) => this.#sessions.has(id)).sort(newestFirst);
    const last = known.at(-1);
    const isNext =
      known.length + added.length === this.#sessions.size &&
      (!last || added.every((one) => newestFirst(last, one) < 0));
    return isNext ? known.concat(added) : null;
  }

  /** @param {SessionData} session */
  #put(session) {
    if (this.#belongs(session)) this.#sessions.set(session.id, session);
    else this.#sessions.delete(session.id);
    this.#ordered = null;
  }

  /** @param {string} id */
  #remove(id) {
    this.#sessions.delete(id);
    this.#ordered = null;
  }

  /** @param {SessionData} session */
  #isBeyondHorizon(session) {
    return this.#horizon !== null && newestFirst(this.#horizon, session) < 0;
  }

  /**
   * Counts a change of a session that is not loaded. Only an end moves such a session from one list to the other.
   *
   * @param {SessionChange["type"]} type
   * @param {number} change
   */
  #countUnloaded(type, change) {
    if (type !== "session.ended") return false;
    this.total = Math.max(0, this.total + change);
    return true;
  }
}
