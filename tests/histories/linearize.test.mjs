// The search for an order, on the simplest thing that has a history: a register that is written and read.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { findOrder } from "./linearize.mjs";

const register = {
  first: { value: 0 },
  next(state, { kind, value }) {
    if (kind === "write") return [{ value }];
    return state.value === value ? [state] : [];
  },
};

const write = (begun, ended, value) => ({ kind: "write", begun, ended, value, optional: ended === Infinity });
const read = (begun, ended, value) => ({ kind: "read", begun, ended, value });
const isExplained = (...steps) => findOrder(register, steps).order !== undefined;

describe("an order is found", () => {
  for (const [name, steps] of /** @type {const} */ ([
    ["for nothing", []],
    ["for what came one after the other", [write(1, 2, 7), read(3, 4, 7), write(5, 6, 8), read(7, 8, 8)]],
    ["where a read overlaps a write and comes before it", [write(1, 4, 7), read(2, 3, 0)]],
    ["where a read overlaps a write and comes after it", [write(1, 4, 7), read(2, 3, 7)]],
    ["where two overlapping writes change places", [write(1, 5, 7), write(2, 6, 8), read(7, 8, 7)]],
    ["where an answer never came, and it happened", [write(1, Infinity, 7), read(2, 3, 0), read(4, 5, 7)]],
    ["where an answer never came, and it never happened", [write(1, Infinity, 7), read(2, 3, 0), read(4, 5, 0)]],
    ["where it happened long after it was sent", [write(1, Infinity, 7), write(2, 3, 8), read(4, 5, 8), read(6, 7, 7)]],
  ])) {
    test(name, () => assert.ok(isExplained(...steps)));
  }

  test("and is one in which each step has its place", () => {
    const steps = [write(1, 9, 7), write(2, 8, 8), read(3, 4, 8), read(5, 6, 7)];
    const { order } = findOrder(register, steps);
    assert.deepEqual(order, [steps[1], steps[2], steps[0], steps[3]]);
  });
});

describe("no order is found", () => {
  for (const [name, steps] of /** @type {const} */ ([
    ["for a read of what was overwritten before it began", [write(1, 2, 7), write(3, 4, 8), read(5, 6, 7)]],
    ["for a read of what was never written", [write(1, 2, 7), read(3, 4, 9)]],
    ["for a read that misses a write that was answered", [write(1, 2, 7), read(3, 4, 0)]],
    ["for a read of what was sent only after its end", [read(1, 2, 7), write(3, 4, 7)]],
    [
      "for two reads that see two overlapping writes in both orders",
      [write(1, 6, 7), write(2, 7, 8), read(3, 4, 7), read(8, 9, 8), read(10, 11, 7)],
    ],
    [
      "for what happened and then had not, although nobody answered it",
      [write(1, Infinity, 7), read(2, 3, 7), read(4, 5, 0)],
    ],
  ])) {
    test(name, () => assert.ok(!isExplained(...steps)));
  }

  test("and it is told how far one goes, and what does not fit there", () => {
    const steps = [write(1, 2, 7), read(3, 4, 7), read(5, 6, 9), write(7, 8, 9)];
    const { longest, stuck, state, gaveUp } = findOrder(register, steps);
    assert.deepEqual(longest, steps.slice(0, 2));
    assert.deepEqual(stuck, [steps[2]]);
    assert.deepEqual(state, { value: 7 });
    assert.equal(gaveUp, false);
  });
});

test("a step that must come after another one does", () => {
  const first = write(1, 9, 7);
  const second = { ...write(1, 9, 8), after: first };
  assert.ok(isExplained(first, second, read(10, 11, 8)));
  assert.ok(!isExplained(first, second, read(10, 11, 7)));
});

test("a step that was never answered, and that would do nothing now, may do something later", () => {
  const ensure = { kind: "ensure", begun: 1, ended: Infinity, value: 7, optional: true };
  // Writes only where there is nothing.
  const model = {
    first: register.first,
    next: (state, step) => (step.kind === "ensure" ? [state.value ? state : { value: 7 }] : register.next(state, step)),
  };
  const steps = [write(2, 3, 8), ensure, write(4, 5, 0), read(6, 7, 7)];
  assert.ok(findOrder(model, steps).order);
});

test("many steps that were never answered do not make the search endless", () => {
  const unanswered = Array.from({ length: 11 }, (_, at) => write(at + 1, Infinity, at + 1));
  assert.ok(isExplained(...unanswered, read(100, 101, 11), read(102, 103, 1)));
  assert.ok(!isExplained(...unanswered, read(100, 101, 99)));
});
