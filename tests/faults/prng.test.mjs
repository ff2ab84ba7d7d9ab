// The seeded random numbers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Prng } from "../support/prng.mjs";

/**
 * @param {Prng} random
 * @param {number} [count]
 */
const draw = (random, count = 1_000) => Array.from({ length: count }, () => random.next());

test("a seed repeats its numbers, and another seed gives others", () => {
  assert.deepEqual(draw(new Prng(7)), draw(new Prng(7)));
  assert.notDeepEqual(draw(new Prng(7)), draw(new Prng(8)));
});

test("a forked generator does not change the numbers of another", () => {
  const [alone, beside] = [new Prng(7).fork("one"), new Prng(7)];
  draw(beside.fork("other"));
  assert.deepEqual(draw(beside.fork("one")), draw(alone));
  assert.notDeepEqual(draw(new Prng(7).fork("one")), draw(new Prng(7).fork("other")));
});

test("every number of a range is drawn, and no other", () => {
  const random = new Prng(7);
  const drawn = new Set(Array.from({ length: 1_000 }, () => random.whole(3, 6)));
  assert.deepEqual([...drawn].sort(), [3, 4, 5, 6]);
});

test("a triple weight is drawn three times as often", () => {
  const random = new Prng(7);
  const list = [{ weight: 1 }, { weight: 3 }];
  const heavy = Array.from({ length: 10_000 }, () => random.weighted(list)).filter(({ weight }) => weight === 3).length;
  assert.ok(Math.abs(heavy - 7_500) < 200, `${heavy} of 10000`);
});

test("gaps have the requested mean", () => {
  const random = new Prng(7);
  const gaps = Array.from({ length: 10_000 }, () => random.gap(100, Infinity));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  assert.ok(Math.abs(mean - 100) < 5, `${mean}`);
  assert.ok(Math.max(...Array.from({ length: 1_000 }, () => random.gap(100, 150))) <= 150);
});
