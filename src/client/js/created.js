// The sessions that a client has created and not seen end. They are released when the program ends.

/** @import { SessionData } from "../types.ts" */

export class Created {
  /** @type {Map<string, number>} when each session expires, in milliseconds since the epoch, by its id */
  #expiresAt = new Map();
  /** @type {Set<Promise<unknown>>} */
  #starting = new Set();

  /**
   * Follows a create that is in progress.
   *
   * @template Result
   * @param {Promise<Result>} create
   */
  follow(create) {
    const over = () => this.#starting.delete(create);
    this.#starting.add(create);
    create.then(over, over);
    return create;
  }

  /**
   * Adds a new session.
   *
   * @param {Pick<SessionData, "id" | "expiresAt">} session
   */
  add({ id, expiresAt }) {
    this.#removeExpired();
    this.#expiresAt.set(id, Date.parse(expiresAt));
  }

  /**
   * Updates a session from an answer of the service, if this client has created it.
   *
   * @param {Pick<SessionData, "id" | "status" | "expiresAt">} session
   */
  update({ id, status, expiresAt }) {
    if (!this.#expiresAt.delete(id) || status !== "live") return;
    this.#expiresAt.set(id, Date.parse(expiresAt));
  }

  /** @param {string} id */
  remove(id) {
    this.#expiresAt.delete(id);
  }

  get isEmpty() {
    return this.#expiresAt.size === 0 && this.#starting.size === 0;
  }

  /** Removes all sessions: they are being released. */
  removeAll() {
    this.#expiresAt.clear();
  }

  /** The creates that are in progress. */
  get starting() {
    return [...this.#starting];
  }

  // A program that lets its sessions expire must not fill the memory. Sessions that were added later rarely expire
  // earlier.
  #removeExpired() {
    const now = Date.now();
    for (const [id, expiresAt] of this.#expiresAt) {
      if (expiresAt > now) return;
      this.#expiresAt.delete(id);
    }
  }
}
