// The smallest part of a session's history that still has no order: what somebody has to read.

import { findOrder } from "./linearize.mjs";

// A step that can only have looked can be left out: what is left has fewer questions to answer.
const LOOKS = ["outcome", "mismatch", "shown", "absent", "notLiveYet", "over", "live", "notWatched"];

const onlyLooks = ({ kind, ids, onlyLooks }) =>
  LOOKS.includes(kind) || (kind === "releaseMany" && (onlyLooks || ids.length === 0));

/**
 * Shrinks steps that no order explains.
 *
 * @param {import("./linearize.mjs").Model} model
 * @param {import("./linearize.mjs").Step[]} steps
 * @returns {import("./linearize.mjs").Step[]} some of them, which no order explains either
 */
export function shrink(model, steps) {
  const fails = (some) => !findOrder(model, some).order;
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

/** A history as it was at one moment: what had no answer yet may have happened, or not. */
function until(steps, moment) {
  const begun = steps.filter((step) => step.begun < moment);
  const open = begun.filter((step) => step.ended > moment && !onlyLooks(step));
  return [...begun.filter(({ ended }) => ended <= moment), ...open.map(unanswered)];
}

const unanswered = (step) => ({
  ...step,
  kind: step.kind === "releaseMany" ? "releaseUnseen" : step.kind,
  ended: Infinity,
  endedAt: Infinity,
  optional: true,
  seen: undefined,
  made: undefined,
  status: undefined,
});
