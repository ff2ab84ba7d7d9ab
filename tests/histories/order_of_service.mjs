// The queue serves creates in the order of their arrival.
//
// A client does not see when its create arrives. But a dry run of a release names the creates in the queue, and so does
// a mismatch: a create that begins after one of these answers has arrived later.

import { readSession, sessionsIn } from "./answers.mjs";
import { placeOf } from "./partition.mjs";

/**
 * @typedef {import("./recorder.mjs").Call} Call
 * @typedef {import("./recorder.mjs").CreateCall} CreateCall
 *
 * @typedef {object} Creation the session that the creates of one place have made
 * @property {string} place
 * @property {CreateCall} call the first of these creates
 * @property {number} begun
 * @property {number} known the rank of the first answer that shows it in the queue; Infinity without one
 * @property {number | undefined} liveAt
 * @property {number | undefined} waitedUntil when its wait was over, if it was refused
 */

/**
 * Pairs of creates that waited at the same time, and whose order of arrival answers show.
 *
 * @param {{calls: Call[], limit: number}} history
 * @returns {{first: Creation, other: Creation, isPassedBy: boolean}[]} `isPassedBy`: the later one was served first
 */
export function seenInLine({ calls, limit }) {
  const creates = creations(calls);
  return creates.flatMap((first) => {
    // With one slot a life begins after the other has ended, so the lives have the order in which creates were served.
    const leftAt = limit === 1 ? (first.liveAt ?? first.waitedUntil) : first.waitedUntil;
    if (leftAt === undefined) return [];
    return creates.flatMap((other) => {
      const { liveAt } = other;
      if (other.begun <= first.known || other.call.begunAt >= leftAt || liveAt === undefined) return [];
      return [{ first, other, isPassedBy: liveAt < leftAt }];
    });
  });
}

/**
 * Creates that were served in the wrong order.
 *
 * @param {{calls: Call[], limit: number}} history
 */
export const checkOrderOfService = (history) =>
  seenInLine(history)
    .filter(({ isPassedBy }) => isPassedBy)
    .map(({ first, other }) => ({
      what: `${first.place} was in line before ${other.place}, and was not served first`,
      calls: [first.call, other.call],
    }));

/**
 * The creates of each place, if all were answered.
 *
 * @param {Call[]} calls
 * @returns {Creation[]}
 */
function creations(calls) {
  const byPlace = Map.groupBy(
    calls.filter((call) => call.what === "create"),
    ({ request }) => request.place,
  );
  const lives = livesByPlace(calls);
  const known = knownByPlace(calls);
  return [...byPlace]
    .filter(([, creates]) => creates.every(({ answer }) => answer))
    .map(([place, creates]) => {
      const call = creates.reduce((one, other) => (one.begun < other.begun ? one : other));
      const isRefused = creates.some(({ answer }) => answer?.status === 429);
      const { wait } = call.request.values;
      // A create that was refused and repeated has left the queue and joined it again.
      const keptIt = !isRefused || creates.length === 1;
      return {
        place,
        call,
        begun: call.begun,
        known: keptIt ? (known.get(place) ?? Infinity) : Infinity,
        liveAt: lives.get(place),
        waitedUntil: call.answer?.body.code === "limit_reached" ? call.begunAt + (wait ?? 0) : undefined,
      };
    });
}

/**
 * When the session of each place became live. A place with several sessions has no time to compare.
 *
 * @param {Call[]} calls
 */
function livesByPlace(calls) {
  /** @type {Map<string, number | undefined>} */
  const lives = new Map();
  const sessions = calls.flatMap(({ answer }) => sessionsIn(answer?.body)).map(readSession);
  for (const { label, createdAt, endedAt } of sessions) {
    const liveAt = endedAt === createdAt ? undefined : createdAt;
    const place = placeOf(label);
    lives.set(place, !lives.has(place) || lives.get(place) === liveAt ? liveAt : undefined);
  }
  return lives;
}

/**
 * For each place, the end of the first answer that shows its create.
 *
 * @param {Call[]} calls
 */
function knownByPlace(calls) {
  /** @type {Map<string, string>} */
  const placeById = new Map();
  for (const { what, request } of calls) {
    if (what === "create" && request.id !== undefined) placeById.set(request.id, request.place);
  }
  /** @type {Map<string, number>} */
  const known = new Map();
  for (const { what, request, answer, ended } of calls) {
    const ids = what === "releaseAll" ? (answer?.body.results ?? []).map(({ id }) => id) : [];
    const names = ids.flatMap((id) => placeById.get(id) ?? []);
    if (what === "create" && answer?.body.code === "idempotency_mismatch") names.push(request.place);
    for (const name of names) known.set(name, Math.min(ended, known.get(name) ?? Infinity));
  }
  return known;
}
