// Whoever stands in line is served in the order of arrival, and nobody passes by.
//
// When a create has arrived is not seen by whoever sent it. But a dry run of a release names those that stand in line,
// and so does a mismatch: a create that begins only after such an answer has arrived later.

import { readSession, sessionsIn } from "./answers.mjs";
import { placeOf } from "./partition.mjs";

/**
 * Pairs of creates of which it was seen which came first, while both waited.
 *
 * @param {{calls: object[], limit: number}} history
 * @returns {{first: object, other: object, isPassedBy: boolean}[]} `isPassedBy`: the later one was served before
 */
export function seenInLine({ calls, limit }) {
  const creates = creations(calls);
  return creates.flatMap((first) => {
    // With one slot one life begins after the other has ended: so they stand in the order in which they were served.
    const leftAt = limit === 1 ? (first.liveAt ?? first.waitedUntil) : first.waitedUntil;
    return creates
      .filter((other) => other.begun > first.known && other.call.begunAt < leftAt && other.liveAt !== undefined)
      .map((other) => ({ first, other, isPassedBy: other.liveAt < leftAt }));
  });
}

/** What is wrong with the order in which they were served. */
export const checkOrderOfService = (history) =>
  seenInLine(history)
    .filter(({ isPassedBy }) => isPassedBy)
    .map(({ first, other }) => ({
      what: `${first.place} was in line before ${other.place}, and was not served first`,
      calls: [first.call, other.call],
    }));

/** Sessions by the creates that asked for them, as far as each has one that is known to have kept its place. */
function creations(calls) {
  const byPlace = Map.groupBy(
    calls.filter(({ what }) => what === "create"),
    ({ request }) => request.place,
  );
  const lives = livesByPlace(calls);
  const known = knownByPlace(calls);
  return [...byPlace]
    .filter(([, creates]) => creates.every(({ answer }) => answer))
    .map(([place, creates]) => {
      const call = creates.reduce((one, other) => (one.begun < other.begun ? one : other));
      const isRefused = creates.some(({ answer }) => answer.status === 429);
      // One that was refused and came again has lost its place, and got another.
      const keptIt = !isRefused || creates.length === 1;
      return {
        place,
        call,
        begun: call.begun,
        known: keptIt ? (known.get(place) ?? Infinity) : Infinity,
        liveAt: lives.get(place),
        waitedUntil: call.answer.body.code === "limit_reached" ? call.begunAt + call.request.values.wait : undefined,
      };
    });
}

/** When the session of each place became live. A place that had several has none that could be compared. */
function livesByPlace(calls) {
  const lives = new Map();
  const sessions = calls.flatMap(({ answer }) => sessionsIn(answer?.body)).map(readSession);
  for (const { label, createdAt, endedAt } of sessions) {
    const liveAt = endedAt === createdAt ? undefined : createdAt;
    const place = placeOf(label);
    lives.set(place, !lives.has(place) || lives.get(place) === liveAt ? liveAt : undefined);
  }
  return lives;
}

/** The end of the first answer that shows that a place is taken. */
function knownByPlace(calls) {
  const requests = calls.map(({ request }) => request);
  const placeById = new Map(requests.filter(({ place }) => place).map(({ id, place }) => [id, place]));
  const known = new Map();
  for (const { what, request, answer, ended } of calls) {
    const names = what === "releaseAll" ? (answer?.body.results ?? []).map(({ id }) => placeById.get(id)) : [];
    if (answer?.body.code === "idempotency_mismatch") names.push(request.place);
    for (const name of names) known.set(name, Math.min(ended, known.get(name) ?? Infinity));
  }
  return known;
}
