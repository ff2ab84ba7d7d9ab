// A violation as somebody wants to read it: who called what, when, and what came back.

import { findOrder } from "./linearize.mjs";
import { shrink } from "./shrink.mjs";

const TEXT_CHARS_MAX = 400;

/**
 * Writes a violation down.
 *
 * @param {object} violation as `check.mjs` finds it
 * @param {{name: string, seed: string, calls: object[]}} history
 * @returns {string}
 */
export function describe(violation, history) {
  const { what, place, calls } = violation;
  const title = `${history.name}, seed ${history.seed}: ${what}${place ? ` (${place})` : ""}`;
  return [title, ...(place ? describeSteps(violation, history) : describeCalls(calls, history))].join("\n");
}

function describeSteps({ model, steps }, history) {
  const left = shrink(model, steps).sort((a, b) => a.begun - b.begun);
  const { stuck = [], state } = findOrder(model, left);
  const began = history.calls[0].begunAt;
  const clients = new Map(history.calls.map(({ number, client }) => [number, client]));
  // A create has two steps, and one line.
  const lines = left
    .filter(({ kind }) => kind !== "outcome")
    .map((step) => {
      const outcome = left.find(({ after }) => after === step);
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
  return [...columns(lines), `${until} ${describeState(state, began)}.`];
}

function describeState({ now, before }, began) {
  const lives = [...(now ? [now] : []), ...before].map((life) => describeLife(life, began));
  return lives.length > 0 ? lives.join("; before that ") : "no session";
}

function describeLife({ phase, createdAt, timeout, metadata, end }, began) {
  const values = `timeout ${timeout}, metadata ${metadata}`;
  const since = createdAt === null ? "" : ` since ${createdAt - began}`;
  if (!end) return `a session that is ${phase}${since}, ${values}`;
  const latest = Number.isFinite(end.to) ? ` up to ${end.to - began}` : "";
  const when = end.at === null ? `at some time${latest}` : `at ${end.at - began}`;
  const how = end.by === "call" ? "released" : "ended by itself";
  return `a session that was ${end.wasLive ? `live${since}` : "never live"}, and ${how} ${when}, ${values}`;
}

const STEPS = {
  begin: ({ label, values }) => `create ${label} ${JSON.stringify(values)}`,
  mismatch: ({ label }) => `create ${label} → 422, same key or id and another body`,
  shown: ({ seen, hidden }) => `reads${seen.length === 0 ? ` → does not show it (${hidden})` : ""}`,
  absent: () => "reads → 404",
  notLiveYet: () => "asks of it what it must be live for → 404",
  over: () => "asks of it what it must be live for → it has ended",
  live: () => "asks of it what it must be live for → it is live",
  notWatched: () => "change of inactivityTimeout → 409, not watched",
  notAsked: () => "release of many takes it although its filter spares it",
  change: ({ values }) => `change ${JSON.stringify(values)}`,
  release: () => "release",
  releaseMany: ({ ids, onlyLooks }) =>
    `release of many${onlyLooks ? ", dry run" : ""} → names ${ids.length === 0 ? "it not" : "it"}`,
  releaseUnseen: () => "release of many",
};

const describeStep = (step) => STEPS[step.kind](step);

const describeOutcome = ({ status, code, seen }, began) => `${status} ${seen ? describeSession(seen, began) : code}`;

function describeSeen({ seen, optional }, began) {
  if (optional) return " → no answer";
  return [seen ?? []]
    .flat()
    .map((session) => ` → ${describeSession(session, began)}`)
    .join("");
}

function describeSession(seen, began) {
  const { status, createdAt, expiresAt, endedAt, reason, failure, metadata } = seen;
  const at = (name, time) => (time === undefined ? "" : `, ${name} ${time - began}`);
  const times = `${at("created", createdAt)}${at("expires", expiresAt)}${at("ended", endedAt)}`;
  return [`${status}${times}`, reason, failure, metadata].filter(Boolean).join(" ");
}

function describeCalls(calls, history) {
  const began = history.calls[0].begunAt;
  return calls.map((call) => {
    const text = call.answer ? JSON.stringify(call.answer).slice(0, TEXT_CHARS_MAX) : "no answer";
    const { number, client, begunAt, endedAt, what, request } = call;
    const when = `${begunAt - began} to ${endedAt - began}`;
    return `  #${number} client ${client} ${when}: ${what} ${JSON.stringify(request)} → ${text}`;
  });
}

function columns(lines) {
  const width = (name) => Math.max(...lines.map((line) => line[name].length));
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
