// What was called and what came back, counted over histories.

import { seenInLine } from "./order_of_service.mjs";

export class Tally {
  histories = 0;
  sessions = 0;
  calls = 0;
  overlapping = 0;
  /** Pairs that stood in line together, of which it was seen which came first. */
  inLine = 0;
  violations = 0;
  broken = 0;
  /** Answers by kind: `{create: {"201": n, "429 limit_reached": n}}`. */
  answers = {};
  /** Ends of sessions by their reason. */
  ends = {};
  browsers = { given: 0, left: 0 };

  add(history, { sessions, violations, places }) {
    this.histories += 1;
    this.sessions += sessions;
    this.calls += history.calls.length;
    this.violations += violations.length;
    this.broken += violations.length > 0 ? 1 : 0;
    this.overlapping += overlapping(places);
    this.inLine += seenInLine(history).length;
    for (const call of history.calls) {
      this.answers[call.what] ??= {};
      count(this.answers[call.what], answerOf(call));
    }
    // The last calls show all sessions that there were.
    for (const { what, answer } of history.calls.filter(({ request }) => request.isAudit)) {
      if (what !== "list") continue;
      for (const { releaseReason } of answer?.body.sessions ?? []) count(this.ends, releaseReason ?? "none yet");
    }
  }
}

function answerOf({ answer, hangsUp }) {
  if (answer) return `${answer.status} ${answer.body.code ?? ""}`.trim();
  return hangsUp ? "hung up" : "connection broken";
}

const count = (counts, name) => (counts[name] = (counts[name] ?? 0) + 1);

/** Calls that went on at the same time as another call about the same session. */
function overlapping(places) {
  const calls = new Set();
  for (const { steps } of places.values()) {
    const own = steps.filter(({ seen, ids }) => !(Array.isArray(seen) && seen.length === 0) && ids?.length !== 0);
    const sorted = own.sort((a, b) => a.begun - b.begun);
    let open;
    for (const step of sorted) {
      if (open && open.call !== step.call && step.begun < open.ended) calls.add(open.call).add(step.call);
      if (!open || step.ended > open.ended) open = step;
    }
  }
  return calls.size;
}
