// Limits how much a document may record: enough for what people and agents do, and an end to endless changes.

// Characters of JSON a second, in the long run.
const RATE = 100_000;
// Characters at once: a page that renders everything anew.
const BURST = 2_000_000;

export class TokenBucket {
  #tokens = BURST;
  #at = 0;

  /**
   * Takes tokens for this many characters.
   *
   * @param {number} characters
   * @param {number} now in milliseconds
   * @returns {boolean} whether there were enough
   */
  take(characters, now) {
    const earned = (Math.max(0, now - this.#at) * RATE) / 1_000;
    this.#at = now;
    this.#tokens = Math.min(BURST, this.#tokens + earned);
    if (characters > this.#tokens) return false;
    this.#tokens -= characters;
    return true;
  }

  /**
   * How long it takes to earn this many characters, in milliseconds.
   *
   * @param {number} characters
   */
  static earnedInMs(characters) {
    return (characters / RATE) * 1_000;
  }
}
