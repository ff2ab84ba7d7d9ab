// Describes a violation for a person: each call with its client, times and answer.

import { findOrder } from "./linearize.mjs";
import { shrink } from "./shrink.mjs";

const TEXT_CHARS_MAX = 400;

/**
 * @typedef {import("./answers.mjs").Seen} Seen
 * @typedef {import("./check.mjs").OrderViolation} OrderViolation
 * @typedef {import("./check.mjs").Violation} Violation
 * @typedef {import("./life.mjs").Life} Life
 * @typedef {import("./partition.mjs").Kind} Kind
 * @typedef {import("./partition.mjs").SessionStep} SessionStep
 * @typedef {import("./recorder.mjs").Call} Call
 * @typedef {import("./recorder.mjs").History} History
 * @typedef {import("./session_model.mjs").State} State
 *
 * @typedef {Record<"mark" | "call" | "client" | "from" | "to" | "what", string>} Line
 */

/**
 * @template {Kind} K
 * @typedef {import("./partition.mjs").StepOf<K>} StepOf
 */

/**
 * Describes a violation.
 *
 * @param {Violation} violation
 * @param {History} history
 * @returns {string}
 */
export function describe(violation, history) {
  const { what, place } = violation;
  const title = `${history.name}, seed ${history.seed}: ${what}${place ? ` (${place})` : ""}`;
  const isOrder = violation.place !== undefined;
  return [title, ...(isOrder ? describeSteps(violation, history) : describeCalls(violation.calls, history))].join("\n");
}

/**
 * @param {OrderViolation} violation
 * @param {History} history
 */
function describeSteps({ model, steps }, history) {
  const left = shrink(model, steps).sort((a, b) => a.begun - b.begun);
  const { stuck = [], state } = findOrder(model, left);
  const began = history.calls[0].begunAt;
  const clients = new Map(history.calls.map(({ number, client }) => [number, client]));
  const outcomes = left.filter((step) => step.kind === "outcome");
  // A create has two steps and one line.
  const lines = left
    .filter(({ kind }) => kind !== "outcome")
    .map((step) => {
      const outcome = outcomes.find(({ after }) => after === step);
      return {
        mark: stuck.some((one) => one === step || one === outcome) ? "►" : "",
        call: `#${step.call}`,
        client: `client ${clients.get(step.call)}`,
        from: `${step.begunAt - began}`,
        to: Number.isFinite(step.endedAt) ? `${step.endedAt - began}` : "–",
        what: `${describeStep(step)}${outcome ? ` → ${describeOutcome(outcome, began)}` : describeSeen(step, began)}`,
      };
    });
  const until = "Times are in ms since the history began. ► fits nowhere after the rest, which leads to";
  return [...columns(lines), `${until} ${describeState(state ?? model.first, began)}.`];
}

/**
 * @param {State} state
 * @param {number} began
 */
function describeState({ now, before }, began) {
  const lives = [...(now ? [now] : []), ...before].map((life) => describeLife(life, began));
  return lives.length > 0 ? lives.join("; before that ") : "no session";
}

/**
 * @param {Life} life
 * @param {number} began
 */
function describeLife({ phase, createdAt, timeout, metadata, end }, began) {
  const values = `timeout ${timeout}, metadata ${metadata}`;
  const since = createdAt === null ? "" : ` since ${createdAt - began}`;
  if (!end) return `a session that is ${phase}${since}, ${values}`;
  const latest = Number.isFinite(end.to) ? ` up to ${end.to - began}` : "";
  const when = end.at === null ? `at some time${latest}` : `at ${end.at - began}`;
  const how = end.by === "call" ? "released" : "ended by itself";
  return `a session that was ${end.wasLive ? `live${since}` : "never live"}, and ${how} ${when}, ${values}`;
}

/** @type {{[K in Kind]: (step: StepOf<K>) => string}} */
const STEPS = {
  begin: ({ label, values }) => `create ${label} ${JSON.stringify(values)}`,
  mismatch: ({ label }) => `create ${label} → 422, same key or id and another body`,
  shown: ({ seen, hidden }) => `reads${seen.length === 0 ? ` → does not show it (${hidden})` : ""}`,
  absent: () => "reads → 404",
  outcome: () => "",
  notLiveYet: () => "call that needs a live session → 404",
  over: () => "call that needs a live session → it has ended",
  live: () => "call that needs a live session → it is live",
  notWatched: () => "change of inactivityTimeout → 409, not watched",
  notAsked: () => "release of many → names it, although the filter excludes it",
  change: ({ values }) => `change ${JSON.stringify(values)}`,
  release: () => "release",
  releaseMany: ({ ids, onlyLooks }) =>
    `release of many${onlyLooks ? ", dry run" : ""} → ${ids.length === 0 ? "does not name it" : "names it"}`,
  releaseUnseen: () => "release of many",
};

/** @param {SessionStep} step */
const describeStep = (step) => /** @type {(step: SessionStep) => string} */ (STEPS[step.kind])(step);

/**
 * @param {StepOf<"outcome">} step
 * @param {number} began
 */
const describeOutcome = ({ status, code, seen }, began) => `${status} ${seen ? describeSession(seen, began) : code}`;

/**
 * @param {SessionStep} step
 * @param {number} began
 */
function describeSeen(step, began) {
  if (step.optional) return " → no answer";
  const seen = "seen" in step ? (step.seen ?? []) : [];
  return [seen]
    .flat()
    .map((session) => ` → ${describeSession(session, began)}`)
    .join("");
}

/**
 * @param {Seen} seen
 * @param {number} began
 */
function describeSession(seen, began) {
  const { status, createdAt, expiresAt, endedAt, reason, failure, metadata } = seen;
  /** @type {(name: string, time: number | undefined) => string} */
  const at = (name, time) => (time === undefined ? "" : `, ${name} ${time - began}`);
  const times = `${at("created", createdAt)}${at("expires", expiresAt)}${at("ended", endedAt)}`;
  return [`${status}${times}`, reason, failure, metadata].filter(Boolean).join(" ");
}

/**
 * @param {Call[]} calls
 * @param {History} history
 */
function describeCalls(calls, history) {
  const began = history.calls[0].begunAt;
  return calls.map((call) => {
    const text = call.answer ? JSON.stringify(call.answer).slice(0, TEXT_CHARS_MAX) : "no answer";
    const { number, client, begunAt, endedAt, what, request } = call;
    const when = `${begunAt - began} to ${endedAt - began}`;
    return `  #${number} client ${client} ${when}: ${what} ${JSON.stringify(request)} → ${text}`;
  });
}

/** @param {Line[]} lines */
function columns(lines) {
  const width = (/** @type {keyof Line} */ name) => Math.max(...lines.map((line) => line[name].length));
  const widths = { mark: 1, call: width("call"), client: width("client"), from: width("from"), to: width("to") };
  return lines.map(({ mark, call, client, from, to, what }) =>
    [
      mark.padEnd(widths.mark),
      call.padEnd(widths.call),
      client.padEnd(widths.client),
      from.padStart(widths.from),
      to.padStart(widths.to),
      what,
    ].join("  "),
  );
}
