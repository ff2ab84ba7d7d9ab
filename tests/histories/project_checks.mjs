// Checks of a project, in addition to the history of each of its sessions.

import { readSession, sessionsIn } from "./answers.mjs";
import { isAnswered } from "./recorder.mjs";

/**
 * @typedef {import("./recorder.mjs").Call} Call
 * @typedef {import("./recorder.mjs").AnsweredCall} AnsweredCall
 * @typedef {import("./recorder.mjs").ListCall} ListCall
 * @typedef {ReturnType<typeof readSession>} ReadSession
 * @typedef {Map<string, {session: ReadSession, call: AnsweredCall}>} Sessions
 * @typedef {{what: string, calls: Call[]}} Violation
 */

// The alarm is late by milliseconds only, but a machine under load can add more.
const LATE_MS_MAX = 2000;

/**
 * Checks the calls of a history together.
 *
 * @param {{calls: Call[], limit: number}} history
 * @returns {Violation[]}
 */
export function checkProject({ calls, limit }) {
  const answered = calls.filter(isAnswered);
  const sessions = lastSeen(answered);
  const lists = calls.filter((call) => call.what === "list");
  return [
    ...limitPassed(sessions, limit),
    ...lists.flatMap((call) => brokenList(call, limit, sessions)),
    ...answered.flatMap((call) => refusedTooEarly(call, limit, calls)),
    ...answered.flatMap(pastItsDeadline),
  ];
}

/**
 * Each session as the answer that ended last shows it.
 *
 * @param {AnsweredCall[]} answered
 */
function lastSeen(answered) {
  /** @type {Sessions} */
  const sessions = new Map();
  for (const call of [...answered].sort((a, b) => a.ended - b.ended)) {
    for (const session of sessionsIn(call.answer.body).map(readSession)) {
      // An end is final. The arrival of two answers does not show which was made later.
      if (sessions.get(session.id)?.session.endedAt === undefined) sessions.set(session.id, { session, call });
    }
  }
  return sessions;
}

/**
 * By the service's own times, more sessions were live at once than the limit allows.
 *
 * @param {Sessions} sessions
 * @param {number} limit
 * @returns {Violation[]}
 */
function limitPassed(sessions, limit) {
  const lived = [...sessions.values()].filter(({ session }) => session.endedAt !== session.createdAt);
  const events = lived.flatMap((one) => [
    { at: one.session.createdAt, change: 1, one },
    { at: one.session.endedAt ?? Infinity, change: -1, one },
  ]);
  // In the same millisecond an end may have freed the slot for a start.
  events.sort((a, b) => a.at - b.at || a.change - b.change);
  const live = new Set();
  for (const { change, one } of events) {
    if (change < 0) live.delete(one);
    else live.add(one);
    if (live.size > limit) {
      const calls = [...live].map(({ call }) => call);
      return [{ what: `${live.size} sessions were live at once, and ${limit} may be`, calls }];
    }
  }
  return [];
}

/**
 * @param {ListCall} call
 * @param {number} limit
 * @param {Sessions} sessions
 * @returns {Violation[]}
 */
function brokenList(call, limit, sessions) {
  if (!call.answer) return [];
  const { sessions: shown, nextCursor, totalCount } = call.answer.body;
  const seen = shown.map(readSession);
  const isWhole = !call.request.cursor && nextCursor === null;
  /** @type {Record<string, boolean>} */
  const rules = {
    "a list shows a session twice": new Set(seen.map(({ id }) => id)).size < seen.length,
    "a list shows more live sessions than there may be": seen.filter(({ status }) => status === "live").length > limit,
    [`a list of ${seen.length} counts ${totalCount}`]: isWhole && totalCount !== seen.length,
    "a list's cursor is not its last session": nextCursor !== null && nextCursor !== seen.at(-1)?.id,
    "a list is not in order": seen.some(({ createdAt }, at) => at > 0 && createdAt > seen[at - 1].createdAt),
  };
  const what = Object.keys(rules).find((rule) => rules[rule]);
  return what ? [{ what, calls: [call] }] : tornList(call, seen, sessions);
}

/**
 * A list shows one moment: if it shows an event, it shows every earlier event. The service's own times decide, because
 * the calls may have overlapped.
 *
 * @param {ListCall} call
 * @param {ReadSession[]} seen
 * @param {Sessions} sessions
 * @returns {Violation[]}
 */
function tornList(call, seen, sessions) {
  const { status, owner, cursor } = call.request;
  if (status || owner || cursor) return [];
  const shown = Math.max(...seen.map(({ createdAt, endedAt }) => endedAt ?? createdAt));
  for (const { session, call: other } of sessions.values()) {
    const listed = seen.find(({ id }) => id === session.id);
    const notYetOf = (/** @type {ReadSession} */ { endedAt }) => (endedAt === undefined ? session.endedAt : undefined);
    const notYet = listed ? notYetOf(listed) : session.createdAt;
    const oldest = seen.at(-1);
    const isOlder = !listed && oldest !== undefined && session.createdAt < oldest.createdAt;
    if (notYet !== undefined && notYet < shown && !isOlder) {
      const what = `a list shows what came ${shown - notYet} ms after something that it does not show`;
      return [{ what, calls: [call, other] }];
    }
  }
  return [];
}

/**
 * A create was refused at the limit although fewer sessions can have been starting or live.
 *
 * @param {AnsweredCall} call
 * @param {number} limit
 * @param {Call[]} calls
 * @returns {Violation[]}
 */
function refusedTooEarly(call, limit, calls) {
  const { holders } = call.answer.body;
  if (!holders) return [];
  if (holders.length > limit) return [{ what: `${holders.length} sessions hold ${limit} slots`, calls: [call] }];
  const ends = endsOf(calls);
  const mayHold = new Set();
  for (const other of calls) {
    if (other.what !== "create" || other.begun > call.ended || other === call) continue;
    const { code, id } = other.answer?.body ?? {};
    if (code === "limit_reached" || code === "idempotency_mismatch" || other.answer?.status === 200) continue;
    const overAt = id === undefined ? other.ended : (ends.get(id) ?? Infinity);
    if (overAt >= call.begun) mayHold.add(id ?? other.request.place);
  }
  if (mayHold.size >= limit) return [];
  const what = `a create was refused although ${mayHold.size} of ${limit} slots can have been taken`;
  return [{ what, calls: [call] }];
}

/**
 * For each session, the end of the first call that showed it over.
 *
 * @param {Call[]} calls
 */
function endsOf(calls) {
  /** @type {Map<string, number>} */
  const ends = new Map();
  for (const { answer, ended } of calls) {
    for (const { id, status } of sessionsIn(answer?.body)) {
      if (status !== "live") ends.set(id, Math.min(ended, ends.get(id) ?? Infinity));
    }
  }
  return ends;
}

/**
 * @param {AnsweredCall} call
 * @returns {Violation[]}
 */
function pastItsDeadline(call) {
  return sessionsIn(call.answer.body)
    .map(readSession)
    .filter(({ status, expiresAt }) => status === "live" && call.begunAt > expiresAt + LATE_MS_MAX)
    .map(({ id, expiresAt }) => {
      return { what: `${id} is live ${call.begunAt - expiresAt} ms past its deadline`, calls: [call] };
    });
}
