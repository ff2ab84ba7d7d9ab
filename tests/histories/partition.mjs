// The calls of a history, taken apart by session: what each call says of each session that it is about.
//
// A *place* is where a session can be: under an id of the caller's, under a key, or of one create that has neither.

import { readSession, sessionsIn, START_PROBLEMS } from "./answers.mjs";

/** The place that a label names: `id:3/a` is the request `a` for `id:3`. */
export const placeOf = (label) => label?.slice(0, label.lastIndexOf("/"));

/** What makes a create safe to repeat there. */
export const kindOf = (place) => place.slice(0, place.indexOf(":"));

/**
 * Takes a history apart.
 *
 * @param {object[]} calls as the recorder writes them down
 * @returns {{places: Map<string, {owner: string, ids: Set<string>, failed?: object[],
 * steps: import("./linearize.mjs").Step[]}>, strays: {call: object, why: string}[]}}
 * `failed`: the starts that failed there, in their order, if the history was read to its end; `strays` are answers
 * about sessions that nobody has asked for
 */
export function partition(calls) {
  const places = findPlaces(calls);
  const byId = new Map([...places].flatMap(([name, { ids }]) => [...ids].map((id) => [id, name])));
  const strays = [];
  const turnedAway = calls.filter(mayLeaveNothing);
  const take = (name, steps) => places.get(name).steps.push(...steps);
  for (const call of calls) {
    for (const [name, steps] of stepsOf(call, { places, byId, turnedAway })) {
      if (places.has(name)) take(name, steps);
      else strays.push({ call, why: `it names ${name}, which no call has asked for` });
    }
  }
  return { places, strays };
}

function findPlaces(calls) {
  const places = new Map();
  for (const { what, request } of calls) {
    if (what !== "create") continue;
    const place = places.get(request.place) ?? { owner: request.owner, ids: new Set(), steps: [] };
    if (request.id) place.ids.add(request.id);
    places.set(request.place, place);
  }
  for (const { answer } of calls) {
    for (const { id, label } of sessionsIn(answer?.body).map(readSession)) places.get(placeOf(label))?.ids.add(id);
  }
  const failed = startsThatFailed(calls);
  for (const [name, place] of places) place.failed = failed?.filter(({ label }) => placeOf(label) === name);
  return places;
}

/** All of them, the first one first; undefined if the lists at the history's end do not tell. */
function startsThatFailed(calls) {
  const lists = calls.filter(({ what, request }) => what === "list" && request.isAudit);
  if (lists.at(-1)?.answer?.body.nextCursor !== null) return undefined;
  const sessions = lists.flatMap(({ answer }) => sessionsIn(answer.body)).map(readSession);
  return sessions.filter(({ reason }) => reason === "startup_failed").reverse();
}

function stepsOf(call, known) {
  const { what, request, answer } = call;
  if (what === "create") {
    const held = answer?.body.holders ? shownTo(call, known, holders(call)) : [];
    return [...createSteps(call), ...held];
  }
  if (what === "list") return answer ? shownTo(call, known, listed(call)) : [];
  if (what === "releaseAll") return releaseAllSteps(call, known);
  const name = known.byId.get(request.id);
  const steps = aboutOne[what](call);
  // An id that no create has asked for and no answer has shown is an absent session's.
  const isAbsent = steps.every(({ kind, optional }) => optional || kind === "absent" || kind === "notLiveYet");
  return name || !isAbsent ? [[name ?? request.id, steps]] : [];
}

const step = (call, kind, rest) => ({
  kind,
  call: call.number,
  begun: call.begun,
  ended: call.ended,
  begunAt: call.begunAt,
  endedAt: call.endedAt,
  optional: !call.answer,
  ...rest,
});

function createSteps(call) {
  const { request, answer } = call;
  const { place, label, id, values } = request;
  const code = answer?.body?.code;
  if (code === "idempotency_mismatch") return [[place, [step(call, "mismatch", { label })]]];
  const status = answer?.status;
  const mayBeLeft = !answer && kindOf(place) === "none";
  const made = { 200: false, 201: true }[status];
  const begin = step(call, "begin", { label, id: id ?? null, values, mayBeLeft, status, made });
  if (!answer) return [[place, [begin]]];
  const seen = status < 300 ? readSession(answer.body) : undefined;
  const cause = START_PROBLEMS[code];
  return [[place, [begin, step(call, "outcome", { after: begin, status, code, cause, seen })]]];
}

const aboutOne = {
  get: (call) => read(call, (seen) => step(call, "shown", { seen: [seen], hidden: "always" })),
  release: (call) => read(call, (seen) => step(call, "release", { id: call.request.id, seen })),
  change(call) {
    const { id, values } = call.request;
    return read(call, (seen) => step(call, "change", { id, values, seen }));
  },
  details(call) {
    const kinds = { session_not_found: "notLiveYet", session_ended: "over" };
    return call.answer ? [step(call, kinds[call.answer.body.code] ?? "live", { id: call.request.id })] : [];
  },
};

function read(call, shown) {
  const { answer, request, what } = call;
  if (!answer) return what === "get" ? [] : [shown(undefined)];
  const { code } = answer.body;
  const { id } = request;
  if (code === "session_not_found") return [step(call, what === "change" ? "notLiveYet" : "absent", { id })];
  if (code === "session_ended") return [step(call, "over", { id })];
  if (code === "not_watched") return [step(call, "notWatched", { id })];
  return [shown(readSession(sessionsIn(answer.body)[0]))];
}

/** What an answer with many sessions says of each place: of those that it shows, and of those that it does not. */
function shownTo(call, { places, byId }, { seen, covers, hidden }) {
  const steps = new Map([...places].filter(([, place]) => covers(place)).map(([name]) => [name, []]));
  for (const session of seen) {
    const name = (session.label ? placeOf(session.label) : byId.get(session.id)) ?? session.id;
    steps.set(name, [...(steps.get(name) ?? []), session]);
  }
  return [...steps]
    .filter(([, shown]) => shown.length > 0 || hidden !== "always")
    .map(([name, shown]) => [name, [step(call, "shown", { seen: shown, hidden })]]);
}

const holders = ({ answer }) => ({
  seen: answer.body.holders.map(({ id, expiresAt }) => ({ id, status: "live", expiresAt: Date.parse(expiresAt) })),
  covers: () => true,
  hidden: "unless live",
});

function listed({ request: { status, owner, cursor }, answer }) {
  const isWhole = !cursor && answer.body.nextCursor === null;
  return {
    seen: answer.body.sessions.map(readSession),
    covers: (place) => !owner || place.owner === owner,
    hidden: !isWhole ? "always" : status === "live" ? "unless live" : "while starting",
  };
}

function releaseAllSteps(call, { places, byId, turnedAway }) {
  const { answer, request } = call;
  const { owner, dryRun: onlyLooks } = request;
  const asked = [...places].filter(([, place]) => !owner || place.owner === owner).map(([name]) => name);
  if (!answer) return onlyLooks ? [] : asked.map((name) => [name, [step(call, "releaseUnseen")]]);
  const ids = answer.body.results.map(({ id }) => id);
  const named = Map.groupBy(ids, (id) => byId.get(id) ?? id);
  const doubted = turnedAway.filter((create) => onlyLooks && overlap(create, call));
  const doubtful = doubted.map(({ request }) => request.place);
  const unknown = ids.filter((id) => !byId.has(id));
  if (unknown.length <= doubtful.length) for (const id of unknown) named.delete(id);
  // Each of those may be one of the unknown ones.
  const silent = asked.filter((name) => !named.has(name) && !(unknown.length > 0 && doubtful.includes(name)));
  return [...named.keys(), ...silent].map((name) => {
    const kind = asked.includes(name) ? "releaseMany" : "notAsked";
    return [name, [step(call, kind, { ids: named.get(name) ?? [], onlyLooks })]];
  });
}

/** A create that waited in line, and of which nothing was left: only a dry run may have told the id that it had. */
const mayLeaveNothing = ({ what, request, answer }) =>
  what === "create" && !request.id && request.values.wait !== null && (!answer || answer.status === 429);

const overlap = (one, other) => one.begun < other.ended && other.begun < one.ended;
