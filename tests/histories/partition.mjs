// Divides the calls of a history by session: what each call says about each of its sessions.
//
// A *place* identifies a session: an id that the caller chose, an idempotency key, or one create that has neither.

import { readSession, sessionsIn, START_PROBLEMS } from "./answers.mjs";

/**
 * @typedef {import("./answers.mjs").Seen} Seen
 * @typedef {import("./answers.mjs").SeenOver} SeenOver
 * @typedef {import("./answers.mjs").SeenValues} SeenValues
 * @typedef {import("./life.mjs").CreateValues} CreateValues
 * @typedef {import("./life.mjs").ChangeValues} ChangeValues
 * @typedef {import("./recorder.mjs").Call} Call
 * @typedef {import("./recorder.mjs").CreateCall} CreateCall
 * @typedef {import("./recorder.mjs").IdCall} IdCall
 * @typedef {import("./recorder.mjs").ChangeCall} ChangeCall
 * @typedef {import("./recorder.mjs").ListCall} ListCall
 * @typedef {import("./recorder.mjs").ReleaseAllCall} ReleaseAllCall
 *
 * @typedef {object} StepTimes
 * @property {number} call the call's number
 * @property {number} begun its rank among all begins and ends
 * @property {number} ended the same; Infinity without an answer
 * @property {number} begunAt in milliseconds since 1970
 * @property {number} endedAt the same; Infinity without an answer
 * @property {boolean} optional it has no answer, and may never have happened
 *
 * @typedef {"always" | "unless live" | "unless over" | "while starting"} Hidden when an answer leaves a session out
 *
 * @typedef {object} Steps what each kind of step holds
 * @property {{label: string, id: string | null, values: CreateValues, mayBeLeft: boolean, status?: number,
 * made?: boolean}} begin
 * @property {{after: BeginStep, status: number, code?: string, cause?: string, seen?: Seen}} outcome
 * @property {{label: string}} mismatch
 * @property {{seen: Seen[], hidden: Hidden}} shown
 * @property {{id: string}} absent
 * @property {{id: string}} notLiveYet
 * @property {{id: string}} over
 * @property {{id: string}} live
 * @property {{id: string}} notWatched
 * @property {{id: string, values: ChangeValues, seen?: Seen}} change
 * @property {{id: string, seen?: Seen}} release
 * @property {{ids: string[], onlyLooks: boolean}} releaseMany
 * @property {{ids: string[], onlyLooks: boolean}} notAsked
 * @property {{}} releaseUnseen
 *
 * @typedef {keyof Steps} Kind
 * @typedef {StepTimes & {kind: "begin", after?: undefined} & Steps["begin"]} BeginStep
 */

/**
 * @template {Kind} K
 * @typedef {K extends "begin" ? BeginStep : StepTimes & {kind: K, after?: BeginStep} & Steps[K]} StepOf
 */

/**
 * @typedef {StepOf<Kind>} SessionStep
 *
 * @typedef {object} Place
 * @property {string} owner
 * @property {Set<string>} ids
 * @property {SessionStep[]} steps
 * @property {Seen[]} [failed] the failed starts in their order, if the history was listed at its end
 *
 * @typedef {[place: string, steps: SessionStep[]]} PlaceSteps
 * @typedef {{places: Map<string, Place>, byId: Map<string, string>, turnedAway: CreateCall[]}} Known
 */

/**
 * The place in a label: `id:3/a` is the request `a` for `id:3`. Empty without a label.
 *
 * @param {string} [label]
 */
export const placeOf = (label = "") => label.slice(0, label.lastIndexOf("/"));

/**
 * What makes a create at this place safe to repeat.
 *
 * @param {string} place
 */
export const kindOf = (place) => /** @type {"id" | "key" | "none"} */ (place.slice(0, place.indexOf(":")));

/**
 * Divides a history by place.
 *
 * @param {Call[]} calls
 * @returns {{places: Map<string, Place>, strays: {call: Call, why: string}[]}} `strays` are answers about sessions that
 * no call has requested
 */
export function partition(calls) {
  const places = findPlaces(calls);
  const byId = new Map(
    [...places].flatMap(([name, { ids }]) => [...ids].map((id) => /** @type {const} */ ([id, name]))),
  );
  /** @type {{call: Call, why: string}[]} */
  const strays = [];
  const turnedAway = calls.filter((call) => call.what === "create").filter(mayLeaveNothing);
  for (const call of calls) {
    for (const [name, steps] of stepsOf(call, { places, byId, turnedAway })) {
      const place = places.get(name);
      if (place) place.steps.push(...steps);
      else strays.push({ call, why: `it names ${name}, which no call has asked for` });
    }
  }
  return { places, strays };
}

/** @param {Call[]} calls */
function findPlaces(calls) {
  /** @type {Map<string, Place>} */
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

/**
 * All failed starts, the oldest first; undefined if the lists at the history's end are incomplete.
 *
 * @param {Call[]} calls
 */
function startsThatFailed(calls) {
  const lists = calls.filter((call) => call.what === "list").filter(({ request }) => request.isAudit);
  if (lists.at(-1)?.answer?.body.nextCursor !== null) return undefined;
  const sessions = lists.flatMap(({ answer }) => sessionsIn(answer?.body)).map(readSession);
  return sessions.filter(({ reason }) => reason === "startup_failed").reverse();
}

/**
 * @param {Call} call
 * @param {Known} known
 * @returns {PlaceSteps[]}
 */
function stepsOf(call, known) {
  if (call.what === "create") {
    const { holders } = call.answer?.body ?? {};
    return [...createSteps(call), ...(holders ? shownTo(call, known, holding(holders)) : [])];
  }
  if (call.what === "list") return call.answer ? shownTo(call, known, listed(call.request, call.answer.body)) : [];
  if (call.what === "releaseAll") return releaseAllSteps(call, known);
  const { id } = call.request;
  const name = known.byId.get(id);
  const steps = aboutOne(call);
  // The session is absent if no create has requested the id and no answer has shown it.
  const isAbsent = steps.every(({ kind, optional }) => optional || kind === "absent" || kind === "notLiveYet");
  return name || !isAbsent ? [[name ?? id, steps]] : [];
}

/**
 * @template {Kind} K
 * @param {Call} call
 * @param {K} kind
 * @param {Steps[K] & {after?: BeginStep}} rest
 */
const step = (call, kind, rest) =>
  /** @type {StepOf<K>} */ ({
    kind,
    call: call.number,
    begun: call.begun,
    ended: call.ended,
    begunAt: call.begunAt,
    endedAt: call.endedAt,
    optional: !call.answer,
    ...rest,
  });

/** @type {Record<number, boolean | undefined>} */
const MADE = { 200: false, 201: true };

/**
 * @param {CreateCall} call
 * @returns {PlaceSteps[]}
 */
function createSteps(call) {
  const { request, answer } = call;
  const { place, label, id, values } = request;
  const code = answer?.body?.code;
  if (code === "idempotency_mismatch") return [[place, [step(call, "mismatch", { label })]]];
  const mayBeLeft = !answer && kindOf(place) === "none";
  const made = answer && MADE[answer.status];
  const begin = step(call, "begin", { label, id: id ?? null, values, mayBeLeft, status: answer?.status, made });
  if (!answer) return [[place, [begin]]];
  const { status } = answer;
  const seen = status < 300 ? readSession(sessionsIn(answer.body)[0]) : undefined;
  const cause = code === undefined ? undefined : START_PROBLEMS[code];
  return [[place, [begin, step(call, "outcome", { after: begin, status, code, cause, seen })]]];
}

/**
 * @param {IdCall | ChangeCall} call
 * @returns {SessionStep[]}
 */
function aboutOne(call) {
  const { id } = call.request;
  if (call.what === "details") {
    const code = call.answer?.body.code;
    const kind = code === "session_not_found" ? "notLiveYet" : code === "session_ended" ? "over" : "live";
    return call.answer ? [step(call, kind, { id })] : [];
  }
  if (call.what === "change") {
    const { values } = call.request;
    return read(call, (seen) => step(call, "change", { id, values, seen }));
  }
  if (call.what === "release") return read(call, (seen) => step(call, "release", { id, seen }));
  return read(call, (seen) => step(call, "shown", { seen: seen ? [seen] : [], hidden: "always" }));
}

/**
 * @param {IdCall | ChangeCall} call
 * @param {(seen: Seen | undefined) => SessionStep} shown
 * @returns {SessionStep[]}
 */
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

/**
 * @typedef {object} ManyShown sessions in one answer
 * @property {Seen[]} seen
 * @property {(place: Place) => boolean} covers whether the answer could show this place
 * @property {Hidden} hidden
 */

/**
 * What an answer with many sessions says about each place, whether it shows the place or not.
 *
 * @param {Call} call
 * @param {Known} known
 * @param {ManyShown} shown
 * @returns {PlaceSteps[]}
 */
function shownTo(call, { places, byId }, { seen, covers, hidden }) {
  /** @type {Map<string, Seen[]>} */
  const steps = new Map();
  for (const [name, place] of places) if (covers(place)) steps.set(name, []);
  for (const session of seen) {
    const name = (session.label ? placeOf(session.label) : byId.get(session.id)) ?? session.id;
    steps.set(name, [...(steps.get(name) ?? []), session]);
  }
  return [...steps]
    .filter(([, shown]) => shown.length > 0 || hidden !== "always")
    .map(([name, shown]) => [name, [step(call, "shown", { seen: shown, hidden })]]);
}

/**
 * @param {{id: string, expiresAt: string}[]} holders
 * @returns {ManyShown}
 */
const holding = (holders) => ({
  seen: holders.map(({ id, expiresAt }) => ({ id, status: "live", expiresAt: Date.parse(expiresAt) })),
  covers: () => true,
  hidden: "unless live",
});

/**
 * @param {import("./intents.mjs").ListRequest} request
 * @param {import("./answers.mjs").ListBody} body
 * @returns {ManyShown}
 */
function listed({ status, owner, cursor }, { nextCursor, sessions }) {
  const isWhole = !cursor && nextCursor === null;
  return {
    seen: sessions.map(readSession),
    covers: (place) => !owner || place.owner === owner,
    hidden: !isWhole ? "always" : status === "live" ? "unless live" : "while starting",
  };
}

/**
 * @param {ReleaseAllCall} call
 * @param {Known} known
 * @returns {PlaceSteps[]}
 */
function releaseAllSteps(call, { places, byId, turnedAway }) {
  const { answer, request } = call;
  const { owner, dryRun: onlyLooks } = request;
  const asked = [...places].filter(([, place]) => !owner || place.owner === owner).map(([name]) => name);
  if (!answer) return onlyLooks ? [] : asked.map((name) => [name, [step(call, "releaseUnseen", {})]]);
  const ids = answer.body.results.map(({ id }) => id);
  const named = Map.groupBy(ids, (id) => byId.get(id) ?? id);
  const doubted = turnedAway.filter((create) => onlyLooks && overlap(create, call));
  const doubtful = doubted.map(({ request }) => request.place);
  const unknown = ids.filter((id) => !byId.has(id));
  if (unknown.length <= doubtful.length) for (const id of unknown) named.delete(id);
  // Each doubtful place may be one of the unknown ids.
  const silent = asked.filter((name) => !named.has(name) && !(unknown.length > 0 && doubtful.includes(name)));
  return [...named.keys(), ...silent].map((name) => {
    const kind = asked.includes(name) ? "releaseMany" : "notAsked";
    return [name, [step(call, kind, { ids: named.get(name) ?? [], onlyLooks })]];
  });
}

/**
 * A create that waited in the queue, and may have left no session: only a dry run can have shown its id.
 *
 * @param {CreateCall} call
 */
const mayLeaveNothing = ({ request, answer }) =>
  !request.id && request.values.wait !== null && (!answer || answer.status === 429);

/**
 * @param {Call} one
 * @param {Call} other
 */
const overlap = (one, other) => one.begun < other.ended && other.begun < one.ended;
