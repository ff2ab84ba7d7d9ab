// Finds a small part of a session's history that still has no order, for a person to read.

import { findOrder } from "./linearize.mjs";

/**
 * @typedef {import("./partition.mjs").SessionStep} SessionStep
 * @typedef {import("./session_model.mjs").SessionModel} SessionModel
 */

// A step that only reads can be left out: the other steps have fewer constraints then.
const LOOKS = ["outcome", "mismatch", "shown", "absent", "notLiveYet", "over", "live", "notWatched"];

/** @param {SessionStep} step */
const onlyLooks = (step) =>
  LOOKS.includes(step.kind) || (step.kind === "releaseMany" && (step.onlyLooks || step.ids.length === 0));

/**
 * Shrinks steps that no order explains.
 *
 * @param {SessionModel} model
 * @param {SessionStep[]} steps
 * @returns {SessionStep[]} some of them, which no order explains either
 */
export function shrink(model, steps) {
  const fails = (/** @type {SessionStep[]} */ some) => !findOrder(model, some).order;
  const ends = steps
    .map(({ ended }) => ended)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  let left = ends.map((moment) => until(steps, moment)).find(fails) ?? steps;
  for (const step of [...left].reverse()) {
    if (!onlyLooks(step)) continue;
    const without = left.filter((other) => other !== step);
    if (fails(without)) left = without;
  }
  return left;
}

/**
 * A history as it was at one moment. A call without an answer may have happened or not.
 *
 * @param {SessionStep[]} steps
 * @param {number} moment
 */
function until(steps, moment) {
  const begun = steps.filter((step) => step.begun < moment);
  const open = begun.filter((step) => step.ended > moment && !onlyLooks(step));
  return [...begun.filter(({ ended }) => ended <= moment), ...open.map(unanswered)];
}

/** @param {SessionStep} step */
const unanswered = (step) =>
  /** @type {SessionStep} */ ({
    ...step,
    kind: step.kind === "releaseMany" ? "releaseUnseen" : step.kind,
    ended: Infinity,
    endedAt: Infinity,
    optional: true,
    seen: undefined,
    made: undefined,
    status: undefined,
  });
