// One list of sessions, newest first, as pages of the list and events have told it.
//
// Pages come from the newest to the oldest. What is older than the last page's end (the horizon) is not known yet, so an
// event about such a session changes only the count: else there would be a hole before it.

const newestFirst = (a, b) => (a.createdAt === b.createdAt ? compare(b.id, a.id) : compare(b.createdAt, a.createdAt));
const compare = (a, b) => (a < b ? -1 : Number(a > b));

export class Roll {
  #belongs;
  #sessions = new Map();
  #ordered = null;
  // When each session was last heard of in an event: a page that was asked for earlier may know less of it.
  #heard = new Map();
  #tick = 0;
  #horizon = null;

  /** How many there are in all, loaded or not, as the service has said. */
  total = 0;
  /** Whether every page has come. */
  complete = false;
  /** Whether `total` is what the service says: an event that overlaps a page may be in its count or not. */
  isCountSure = true;
  /** What to ask for next; undefined for the first page. */
  cursor = undefined;

  /** @param {(session: object) => boolean} belongs which sessions are shown in it */
  constructor(belongs) {
    this.#belongs = belongs;
  }

  /** The loaded sessions, newest first. */
  get loaded() {
    this.#ordered ??= [...this.#sessions.values()].sort(newestFirst);
    return this.#ordered;
  }

  has(id) {
    return this.#sessions.has(id);
  }

  get(id) {
    return this.#sessions.get(id);
  }

  /** How many there are in all, as far as it is known. */
  get count() {
    return this.complete ? this.#sessions.size : Math.max(this.total, this.#sessions.size);
  }

  /** To be noted when a page is asked for, and given back with it. */
  get tick() {
    return this.#tick;
  }

  /** Takes the next page. `total` counts those of all pages that belong here. */
  takePage(sessions, { nextCursor, total, askedAt }) {
    const known = this.#ordered;
    for (const session of sessions) {
      if ((this.#heard.get(session.id) ?? 0) > askedAt) continue;
      this.#put(session);
    }
    this.#ordered = known && this.#continued(known, sessions);
    this.cursor = nextCursor ?? undefined;
    this.complete = nextCursor === null;
    this.#horizon = this.complete ? null : (sessions.at(-1) ?? this.#horizon);
    this.takeTotal(total, askedAt);
    // What was heard before this page was asked for is in it, and so in all later ones.
    for (const [id, tick] of this.#heard) if (tick <= askedAt) this.#heard.delete(id);
  }

  /** Takes how many there are, as a page or a recount says. */
  takeTotal(total, askedAt) {
    this.total = total;
    this.isCountSure = this.complete || this.#tick === askedAt;
  }

  /**
   * Takes what an event tells of a session.
   *
   * @returns {boolean} whether anything changed
   */
  takeEvent({ type, sessionId, session }) {
    this.#heard.set(sessionId, ++this.#tick);
    const was = this.#sessions.has(sessionId);
    const is = session !== undefined && this.#belongs(session);
    if (is && !was && this.#isBeyondHorizon(session)) return this.#countUnseen(type, +1);
    if (!is && !was) return session !== undefined && this.#isBeyondHorizon(session) && this.#countUnseen(type, -1);
    if (is) this.#put(session);
    else this.#drop(sessionId);
    this.total += Number(is) - Number(was);
    return true;
  }

  // The next page goes on where the last one ended: its sessions are put behind, and the others need no sorting.
  #continued(known, sessions) {
    const added = sessions.filter(({ id }) => this.#sessions.has(id)).sort(newestFirst);
    const last = known.at(-1);
    const isNext =
      known.length + added.length === this.#sessions.size &&
      (!last || added.every((one) => newestFirst(last, one) < 0));
    return isNext ? known.concat(added) : null;
  }

  #put(session) {
    if (this.#belongs(session)) this.#sessions.set(session.id, session);
    else this.#sessions.delete(session.id);
    this.#ordered = null;
  }

  #drop(id) {
    this.#sessions.delete(id);
    this.#ordered = null;
  }

  #isBeyondHorizon(session) {
    return this.#horizon !== null && newestFirst(this.#horizon, session) < 0;
  }

  // An end is the one event that moves a session which nobody has seen from one list to another.
  #countUnseen(type, change) {
    if (type !== "session.ended") return false;
    this.total = Math.max(0, this.total + change);
    return true;
  }
}
