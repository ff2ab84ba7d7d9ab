// The story of one broken promise: what clients asked and were told, and what was done meanwhile.

import { callsAbout } from "./history.mjs";
import { PROMISES } from "./leak_audit.mjs";

/**
 * @import { Call, Fault, History } from "./history.mjs"
 * @import { Broken } from "./leak_audit.mjs"
 *
 * @typedef {[at: number, text: string]} Row
 */

const ROWS_SHOWN = 40;
// Faults so long before and after may have to do with it.
const AROUND_MS = 2_000;

/**
 * All that is known about a broken promise, in lines; times from the start of the run.
 *
 * @param {History} history
 * @param {Broken} broken
 */
export function tellBroken(history, { promise, what, id, key, at: moment = Number.NaN }) {
  const calls = callsAbout(history, { id, key, moment: Number.isNaN(moment) ? undefined : moment });
  const from = (calls[0]?.start ?? moment) - AROUND_MS;
  const to = (calls.at(-1)?.end ?? moment) + AROUND_MS;
  /** @type {Row[]} */
  const rows = [
    ...calls.map((call) => /** @type {Row} */ ([call.start, tellCall(call, id)])),
    ...history.faults
      .filter(({ at }) => at >= from && at <= to)
      .map((fault) => /** @type {Row} */ ([fault.at, tellFault(fault)])),
    ...history.browsers
      .filter((met) => met.id === id)
      .map(({ at, browser }) => /** @type {Row} */ ([at, `its browser is ${browser}`])),
    ...(Number.isNaN(moment) ? [] : [/** @type {Row} */ ([moment, "it was started"])]),
  ];
  rows.sort(([one], [other]) => one - other);
  const began = history.calls[0]?.start ?? 0;
  const lines = withoutRepeats(rows).map(([at, text]) => `  ${((at - began) / 1000).toFixed(3)} s  ${text}`);
  return [`${PROMISES[promise]}: ${[id ?? key, what].filter(Boolean).join(": ")}`, ...shorten(lines)].join("\n");
}

// A list that shows what the one before has shown tells nothing.
/** @param {Row[]} rows */
function withoutRepeats(rows) {
  /** @type {string | undefined} */
  let last;
  return rows.filter(([, text]) => {
    const [, listed] = /^\S+ list → (.*), after/.exec(text) ?? [];
    const repeats = listed !== undefined && listed === last;
    if (listed !== undefined) last = listed;
    return !repeats;
  });
}

/** @param {string[]} lines */
function shorten(lines) {
  const left = lines.length - ROWS_SHOWN;
  if (left <= 0) return lines;
  return [...lines.slice(0, ROWS_SHOWN / 2), `  … ${left} more …`, ...lines.slice(-ROWS_SHOWN / 2)];
}

/**
 * @param {Call} call
 * @param {string} [id]
 */
function tellCall({ who, what, timeout, start, end, status, code, error, seen }, id) {
  const answer = status ? `${status}${code ? ` ${code}` : ""}` : (error ?? "no answer");
  const view = seen.find((one) => one.id === id);
  const shows = view ? `, ${view.status}${view.reason ? ` (${view.reason})` : ""}, timeout ${view.timeout}` : "";
  const took = end === undefined ? "" : `, after ${end - start} ms`;
  return `${who} ${what}${timeout ? ` ${timeout}` : ""} → ${answer}${shows}${took}`;
}

/** @param {Fault} fault */
const tellFault = ({ kind, victim }) => `── ${kind}: ${victim}`;
