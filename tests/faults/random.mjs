// Chances that come again with their seed.

const TWO_TO_32 = 2 ** 32;

/** A seed of one's own: 32 bits. */
export const newSeed = () => Math.floor(Math.random() * TWO_TO_32);

/** A row of chances (mulberry32). What draws beside others has a row of its own, so that none shifts another's. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A row of its own for whoever has this name. */
  fork(name) {
    const mixed = [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619), this.#state);
    return new Random(mixed);
  }

  /** From 0 to below 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / TWO_TO_32;
  }

  /** A whole number from `least` to `most`. */
  whole(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(share) {
    return this.next() < share;
  }

  pick(list) {
    return list[this.whole(0, list.length - 1)];
  }

  /** The time to the next of many things that have nothing to do with one another, `mean` apart, and `most` at most. */
  gap(mean, most) {
    return Math.min(most, -Math.log(1 - this.next()) * mean);
  }

  /** One of those that have a `weight`, in proportion to it. */
  weighted(list) {
    let rest = this.next() * list.reduce((sum, { weight }) => sum + weight, 0);
    return list.find(({ weight }) => (rest -= weight) < 0) ?? list.at(-1);
  }
}
