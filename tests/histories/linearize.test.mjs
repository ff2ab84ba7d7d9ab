// The search for an order, with a simple model: a register that is written and read.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { findOrder } from "./linearize.mjs";

/**
 * @typedef {import("./linearize.mjs").Step & {kind: "write" | "read" | "ensure", value: number}} RegisterStep
 * @typedef {import("./linearize.mjs").Model<{value: number}, RegisterStep>} RegisterModel
 */

/** @type {RegisterModel} */
const register = {
  first: { value: 0 },
  next(state, { kind, value }) {
    if (kind === "write") return [{ value }];
    return state.value === value ? [state] : [];
  },
};

/** @type {(begun: number, ended: number, value: number) => RegisterStep} */
const write = (begun, ended, value) => ({ kind: "write", begun, ended, value, optional: ended === Infinity });
/** @type {(begun: number, ended: number, value: number) => RegisterStep} */
const read = (begun, ended, value) => ({ kind: "read", begun, ended, value });
const isExplained = (/** @type {readonly RegisterStep[]} */ ...steps) =>
  findOrder(register, [...steps]).order !== undefined;

describe("an order is found", () => {
  for (const [name, steps] of /** @type {const} */ ([
    ["for no steps", []],
    ["for sequential steps", [write(1, 2, 7), read(3, 4, 7), write(5, 6, 8), read(7, 8, 8)]],
    ["for a read that overlaps a write and takes effect before it", [write(1, 4, 7), read(2, 3, 0)]],
    ["for a read that overlaps a write and takes effect after it", [write(1, 4, 7), read(2, 3, 7)]],
    ["for overlapping writes that take effect in reverse order", [write(1, 5, 7), write(2, 6, 8), read(7, 8, 7)]],
    ["for a write without an answer that took effect", [write(1, Infinity, 7), read(2, 3, 0), read(4, 5, 7)]],
    ["for a write without an answer that never took effect", [write(1, Infinity, 7), read(2, 3, 0), read(4, 5, 0)]],
    [
      "for a write that took effect long after it was sent",
      [write(1, Infinity, 7), write(2, 3, 8), read(4, 5, 8), read(6, 7, 7)],
    ],
  ])) {
    test(name, () => assert.ok(isExplained(...steps)));
  }

  test("and contains each step once", () => {
    const steps = [write(1, 9, 7), write(2, 8, 8), read(3, 4, 8), read(5, 6, 7)];
    const { order } = findOrder(register, steps);
    assert.deepEqual(order, [steps[1], steps[2], steps[0], steps[3]]);
  });
});

describe("no order is found", () => {
  for (const [name, steps] of /** @type {const} */ ([
    [
      "for a read of a value that was overwritten before the read began",
      [write(1, 2, 7), write(3, 4, 8), read(5, 6, 7)],
    ],
    ["for a read of a value that was never written", [write(1, 2, 7), read(3, 4, 9)]],
    ["for a read that misses an answered write", [write(1, 2, 7), read(3, 4, 0)]],
    ["for a read of a value that was sent after the read ended", [read(1, 2, 7), write(3, 4, 7)]],
    [
      "for two reads that see two overlapping writes in both orders",
      [write(1, 6, 7), write(2, 7, 8), read(3, 4, 7), read(8, 9, 8), read(10, 11, 7)],
    ],
    [
      "for a write without an answer that was read and then undone",
      [write(1, Infinity, 7), read(2, 3, 7), read(4, 5, 0)],
    ],
  ])) {
    test(name, () => assert.ok(!isExplained(...steps)));
  }

  test("and the result holds the longest beginning and the steps that do not fit there", () => {
    const steps = [write(1, 2, 7), read(3, 4, 7), read(5, 6, 9), write(7, 8, 9)];
    const { longest, stuck, state, gaveUp } = findOrder(register, steps);
    assert.deepEqual(longest, steps.slice(0, 2));
    assert.deepEqual(stuck, [steps[2]]);
    assert.deepEqual(state, { value: 7 });
    assert.equal(gaveUp, false);
  });
});

test("a step with `after` comes after that step", () => {
  const first = write(1, 9, 7);
  const second = { ...write(1, 9, 8), after: first };
  assert.ok(isExplained(first, second, read(10, 11, 8)));
  assert.ok(!isExplained(first, second, read(10, 11, 7)));
});

test("a step without an answer that would change nothing now may take effect later", () => {
  /** @type {RegisterStep} */
  const ensure = { kind: "ensure", begun: 1, ended: Infinity, value: 7, optional: true };
  // Writes only if the register is empty.
  /** @type {RegisterModel} */
  const model = {
    first: register.first,
    next: (state, step) => (step.kind === "ensure" ? [state.value ? state : { value: 7 }] : register.next(state, step)),
  };
  const steps = [write(2, 3, 8), ensure, write(4, 5, 0), read(6, 7, 7)];
  assert.ok(findOrder(model, steps).order);
});

test("the search ends in time with many steps without an answer", () => {
  const unanswered = Array.from({ length: 11 }, (_, at) => write(at + 1, Infinity, at + 1));
  assert.ok(isExplained(...unanswered, read(100, 101, 11), read(102, 103, 1)));
  assert.ok(!isExplained(...unanswered, read(100, 101, 99)));
});
