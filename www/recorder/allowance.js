// How much a document may say: enough for what people and agents do, and an end to what never ends.

// Characters of JSON a second, in the long run.
const RATE = 100_000;
// What may come at once: a page that draws itself anew.
const BURST = 2_000_000;

export class Allowance {
  #left = BURST;
  #at = 0;

  /** Whether this many characters more may be sent at `now`, in milliseconds. */
  take(characters, now) {
    const earned = (Math.max(0, now - this.#at) * RATE) / 1_000;
    this.#at = now;
    this.#left = Math.min(BURST, this.#left + earned);
    if (characters > this.#left) return false;
    this.#left -= characters;
    return true;
  }

  /** How long it takes until this many characters are earned, in milliseconds. */
  static earnedInMs(characters) {
    return (characters / RATE) * 1_000;
  }
}
