// Counts the calls and answers of histories.

import { seenInLine } from "./order_of_service.mjs";

/**
 * @typedef {import("./recorder.mjs").Call} Call
 * @typedef {Record<string, number>} Counts
 */

export class Tally {
  histories = 0;
  sessions = 0;
  calls = 0;
  overlapping = 0;
  /** Pairs that waited in the queue together, with a known order of arrival. */
  inLine = 0;
  violations = 0;
  broken = 0;
  /** @type {Partial<Record<Call["what"], Counts>>} answers by kind: `{create: {"201": n, "429 limit_reached": n}}` */
  answers = {};
  /** @type {Counts} ends of sessions by their reason */
  ends = {};
  browsers = { given: 0, left: 0 };

  /**
   * @param {import("./recorder.mjs").History} history
   * @param {import("./check.mjs").Checked} checked
   */
  add(history, { sessions, violations, places }) {
    this.histories += 1;
    this.sessions += sessions;
    this.calls += history.calls.length;
    this.violations += violations.length;
    this.broken += violations.length > 0 ? 1 : 0;
    this.overlapping += overlapping(places);
    this.inLine += seenInLine(history).length;
    for (const call of history.calls) {
      const counts = this.answers[call.what] ?? {};
      count(counts, answerOf(call));
      this.answers[call.what] = counts;
    }
    // The last calls list all sessions of the project.
    for (const { what, answer } of history.calls.filter(({ request }) => request.isAudit)) {
      if (what !== "list") continue;
      for (const { releaseReason } of answer?.body.sessions ?? []) count(this.ends, releaseReason ?? "none yet");
    }
  }
}

/** @param {Call} call */
function answerOf({ answer, hangsUp }) {
  if (answer) return `${answer.status} ${answer.body.code ?? ""}`.trim();
  return hangsUp ? "hung up" : "connection broken";
}

/**
 * @param {Counts} counts
 * @param {string} name
 */
const count = (counts, name) => (counts[name] = (counts[name] ?? 0) + 1);

/** @param {import("./partition.mjs").SessionStep} step */
function namesNone(step) {
  if (step.kind === "shown") return step.seen.length === 0;
  return (step.kind === "releaseMany" || step.kind === "notAsked") && step.ids.length === 0;
}

/**
 * How many calls overlap another call about the same session.
 *
 * @param {Map<string, import("./partition.mjs").Place>} places
 */
function overlapping(places) {
  /** @type {Set<number>} */
  const calls = new Set();
  for (const { steps } of places.values()) {
    const sorted = steps.filter((step) => !namesNone(step)).sort((a, b) => a.begun - b.begun);
    /** @type {import("./partition.mjs").SessionStep | undefined} */
    let open;
    for (const step of sorted) {
      if (open && open.call !== step.call && step.begun < open.ended) calls.add(open.call).add(step.call);
      if (!open || step.ended > open.ended) open = step;
    }
  }
  return calls.size;
}
