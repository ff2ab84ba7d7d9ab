// Chance that can be had again: the same seed, the same numbers.

import { createHash } from "node:crypto";

/** A source of chance, named by texts and numbers. Its numbers are those of mulberry32. */
export class Chance {
  #state;

  constructor(...names) {
    this.#state = createHash("sha256").update(names.join(" ")).digest().readUInt32LE();
  }

  /** From 0 up to, and without, 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** True in this share of cases. */
  one(share) {
    return this.next() < share;
  }

  /** A whole number, both ends included. */
  whole(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick(values) {
    return values[this.whole(0, values.length - 1)];
  }

  /** A name of a table, by its weight. */
  weighed(weights) {
    const entries = Object.entries(weights);
    let at = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    return entries.find(([, weight]) => (at -= weight) < 0)?.[0] ?? entries[0][0];
  }

  /** A UUID. */
  uuid() {
    const hex = Array.from({ length: 32 }, () => this.whole(0, 15).toString(16)).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}
