// Seeded random numbers: the same seed gives the same numbers.

import { createHash } from "node:crypto";

const TWO_TO_32 = 2 ** 32;

/** A new seed of 32 bits. */
export const newSeed = () => Math.floor(Math.random() * TWO_TO_32);

/** A seeded generator: mulberry32, by Tommy Ettinger. Each independent user takes one of its own (`fork`, `named`). */
export class Prng {
  #state;

  /** @param {number} seed its lower 32 bits count */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /**
   * A generator seeded by texts and numbers.
   *
   * @param {(string | number)[]} names
   */
  static named(...names) {
    return new Prng(createHash("sha256").update(names.join(" ")).digest().readUInt32LE());
  }

  /**
   * An independent generator for this name. Its numbers depend on the state of this one.
   *
   * @param {string} name
   */
  fork(name) {
    const mixed = [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619), this.#state);
    return new Prng(mixed);
  }

  /** A number from 0 (included) to 1 (excluded). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / TWO_TO_32;
  }

  /**
   * A whole number, both ends included.
   *
   * @param {number} least
   * @param {number} most
   */
  whole(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /**
   * True in this share of cases.
   *
   * @param {number} share from 0 to 1
   */
  chance(share) {
    return this.next() < share;
  }

  /**
   * One of a list.
   *
   * @template T
   * @param {T[]} list not empty
   * @returns {T}
   */
  pick(list) {
    return list[this.whole(0, list.length - 1)];
  }

  /**
   * One of a list, in proportion to its `weight`.
   *
   * @template {{weight: number}} T
   * @param {T[]} list not empty
   * @returns {T}
   */
  weighted(list) {
    return list[this.#weightedIndex(list.map(({ weight }) => weight))] ?? list[list.length - 1];
  }

  /**
   * A name of a table, in proportion to its weight.
   *
   * @template {string} Name
   * @param {Record<Name, number>} weights
   * @returns {Name}
   */
  weightedName(weights) {
    const names = /** @type {Name[]} */ (Object.keys(weights));
    return names[this.#weightedIndex(names.map((name) => weights[name]))] ?? names[0];
  }

  /** @param {number[]} weights */
  #weightedIndex(weights) {
    let rest = this.next() * weights.reduce((sum, weight) => sum + weight, 0);
    return weights.findIndex((weight) => {
      rest -= weight;
      return rest < 0;
    });
  }

  /**
   * The time to the next of many independent events.
   *
   * @param {number} mean
   * @param {number} most
   */
  gap(mean, most) {
    return Math.min(most, -Math.log(1 - this.next()) * mean);
  }

  /** A UUID. */
  uuid() {
    const hex = Array.from({ length: 32 }, () => this.whole(0, 15).toString(16)).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}
