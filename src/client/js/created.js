// What a client has created and not yet seen end, so that it can be released when the program ends.

export class Created {
  // Ids, and when each is over at the latest, as far as this client was told.
  #expiresAt = new Map();
  #starting = new Set();

  /** Follows a create that is under way. */
  follow(create) {
    const over = () => this.#starting.delete(create);
    this.#starting.add(create);
    create.then(over, over);
    return create;
  }

  /** Takes note of a new session. */
  add({ id, expiresAt }) {
    this.#forgetExpired();
    this.#expiresAt.set(id, Date.parse(expiresAt));
  }

  /** Takes note of what the service tells about a session, whoever created it. */
  see({ id, status, expiresAt }) {
    if (!this.#expiresAt.delete(id) || status !== "live") return;
    this.#expiresAt.set(id, Date.parse(expiresAt));
  }

  forget(id) {
    this.#expiresAt.delete(id);
  }

  get isEmpty() {
    return this.#expiresAt.size === 0 && this.#starting.size === 0;
  }

  /** What has come so far is seen to. */
  forgetAll() {
    this.#expiresAt.clear();
  }

  /** The creates that are under way, each fulfilled when its outcome is known. */
  get starting() {
    return [...this.#starting];
  }

  // Of a program that lets its sessions expire, nothing may pile up.
  #forgetExpired() {
    const now = Date.now();
    for (const [id, expiresAt] of this.#expiresAt) {
      if (expiresAt > now) return;
      this.#expiresAt.delete(id);
    }
  }
}
