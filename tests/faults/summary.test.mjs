// When the figures of a run hold.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PROMISES } from "./leak_audit.mjs";
import { judge, MUST_BE_NONE, quantile } from "./summary.mjs";

/** @import { Fault } from "./history.mjs" */

/** @param {number | undefined} wholeMs */
const fault = (wholeMs) => ({ kind: "chrome killed", at: 0, wholeMs });

/**
 * @param {{faults?: Fault[], broken?: { promise: string; what: string; }[]}} [options]
 */
function judged({ faults = [fault(1_000)], broken = [] } = {}) {
  const history = { calls: [], browsers: [], ends: [], faults };
  return judge({ history, broken }).holds;
}

test("a run holds without a broken promise and with recoveries in time", () => assert.equal(judged(), true));

test("each broken promise counts for one of the figures", () => {
  for (const promise of Object.keys(PROMISES)) {
    assert.equal(judged({ broken: [{ promise, what: "" }] }), false, promise);
  }
  const counted = MUST_BE_NONE.flatMap(({ promises }) => promises);
  assert.deepEqual(counted.sort(), Object.keys(PROMISES).sort());
});

test("a run fails if half of its recoveries take too long", () => {
  assert.equal(judged({ faults: [fault(7_999), fault(7_999), fault(60_000)] }), true);
  assert.equal(judged({ faults: [fault(1_000), fault(8_000), fault(8_000)] }), false);
});

test("a run fails with one fault without a recovery", () => {
  assert.equal(judged({ faults: [fault(1_000), fault(1_000), fault(undefined)] }), false);
});

test("a quantile is a sample", () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([1, 2, 3, 4], 0.95), 4);
  assert.equal(quantile([5], 0.5), 5);
});
