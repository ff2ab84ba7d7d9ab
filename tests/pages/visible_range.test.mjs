// Which rows of a long list are drawn.

import assert from "node:assert/strict";
import { test } from "node:test";

import { visibleRange } from "../../www/page/visible_range.js";

const LIST = { count: 10_000, perRow: 1, rowHeight: 40, top: 0, screen: 800, around: 5 };

test("rows on the screen are drawn, and a few around them", () => {
  assert.deepEqual(visibleRange(LIST), { first: 0, end: 25, height: 400_000 });
  assert.deepEqual(visibleRange({ ...LIST, top: -4000 }), { first: 95, end: 125, height: 400_000 });
});

test("no row after the last one is drawn", () => {
  assert.deepEqual(visibleRange({ ...LIST, top: -400_000 + 800 }), { first: 9975, end: 10_000, height: 400_000 });
  assert.deepEqual(visibleRange({ ...LIST, top: -500_000 }), { first: 10_000, end: 10_000, height: 400_000 });
});

test("a list below the screen is not drawn", () => {
  const { first, end } = visibleRange({ ...LIST, top: 2000 });
  assert.deepEqual([first, end], [0, 0]);
});

test("several columns share a row", () => {
  assert.deepEqual(visibleRange({ ...LIST, count: 7, perRow: 3, rowHeight: 100, around: 0, screen: 200 }), {
    first: 0,
    end: 6,
    height: 300,
  });
  assert.deepEqual(visibleRange({ ...LIST, count: 7, perRow: 3, rowHeight: 100, around: 1, screen: 200 }), {
    first: 0,
    end: 7,
    height: 300,
  });
});

test("an empty list has no height", () => {
  assert.deepEqual(visibleRange({ ...LIST, count: 0 }), { first: 0, end: 0, height: 0 });
});

test("every row on the screen is drawn at every scroll position", () => {
  for (let top = 1000; top > -401_000; top -= 777) {
    const { first, end } = visibleRange({ ...LIST, top, around: 0 });
    const [seenFirst, seenEnd] = [Math.max(0, -top / 40), Math.min(10_000, (800 - top) / 40)];
    if (seenEnd > seenFirst) assert.ok(first <= seenFirst && end >= seenEnd, `at ${top}: ${first} to ${end}`);
  }
});
