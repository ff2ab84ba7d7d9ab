// How often something may happen: a fixed rate, and so many at once after a pause.

/** A rate limit. It counts in one number, the time at which it is untouched again (GCRA, ITU-T I.371). */
export class Rate {
  #everyMs;
  #atOnce;
  #freshAt = 0;

  /** @param {{everyMs: number, atOnce?: number}} limits */
  constructor({ everyMs, atOnce = 1 }) {
    this.#everyMs = everyMs;
    this.#atOnce = atOnce;
  }

  /**
   * How many may happen now.
   *
   * @param {number} now
   */
  allowed(now) {
    const behind = Math.max(0, this.#freshAt - now);
    return Math.max(0, this.#atOnce - Math.ceil(behind / this.#everyMs));
  }

  /**
   * Milliseconds until one may happen.
   *
   * @param {number} now
   */
  wait(now) {
    return Math.max(0, this.#freshAt - (this.#atOnce - 1) * this.#everyMs - now);
  }

  /**
   * One has happened.
   *
   * @param {number} now
   */
  take(now) {
    this.#freshAt = Math.max(now, this.#freshAt) + this.#everyMs;
  }
}
