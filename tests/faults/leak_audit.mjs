// Finds broken promises in the answers to clients and in what remains at the end. It is pure and makes no calls.

import { upTime } from "./outages.mjs";

/**
 * @import { Call, Fault, Seen } from "./history.mjs"
 *
 * @typedef {keyof typeof PROMISES} Promised
 * @typedef {{promise: Promised, what: string, id?: string, key?: string, at?: number}} Broken
 * @typedef {Call & {end: number}} AnsweredCall
 * @typedef {{call: AnsweredCall, seen: Seen}} Sight a session as one answer shows it
 * @typedef {{id: string, calls: Call[], sights: Sight[], browsers: string[]}} SessionRecord
 * @typedef {{at: number, kills?: "browser" | "all", browser?: string}} Cause
 */

/** How late an end may be, in time in which the server was up. */
const LATE_MS_MAX = 2_000;

/** Each promise by name, and what it says when it is broken. */
export const PROMISES = {
  browserLeft: "a browser is left",
  outstayed: "a browser ran for longer than any session may",
  staleRunLeft: "something of a serving process that has ended is left",
  hollow: "a session says live without a browser",
  unclosed: "a session is still closing",
  unknown: "a session that was acknowledged is unknown",
  revived: "a session that had ended is live",
  rewritten: "an end has changed",
  entered: "a client was let in after the end",
  unchanged: "a change of the timeout that was acknowledged is lost",
  cutShort: "a session reached its timeout before its time",
  doubled: "one key has made two sessions",
  shared: "a browser was behind two sessions, or a session before two browsers",
  unexplained: "a session lost its browser without a fault",
  outlived: "a session lived 2 s past its deadline",
};

/**
 * All that was broken.
 *
 * @param {object} record
 * @param {Call[]} record.calls
 * @param {{id: string, browser: string}[]} record.browsers
 * @param {Fault[]} record.faults
 * @param {number[]} record.ends when a server has ended
 * @param {{from: number, to: number}[]} record.outages
 * @param {object} record.leftovers
 * @param {{what: string, at?: number}[]} record.leftovers.browsers
 * @param {{browser: string, from: number, to: number}[]} record.leftovers.outstayed
 * @param {string[]} record.leftovers.staleRuns
 * @param {string[]} record.leftovers.hollow ids
 * @returns {Broken[]}
 * each with the session, the key or the moment that it is about
 */
export function auditLeaks({ calls, browsers, faults, ends, outages, leftovers }) {
  const histories = bySession(calls, browsers);
  // However a server has ended, it has taken its browsers with it.
  /** @type {Cause[]} */
  const causes = [
    ...faults.filter(({ kills }) => kills),
    ...ends.map((at) => ({ at, kills: /** @type {const} */ ("all") })),
  ];
  return [
    ...leftovers.browsers.map(({ what, at }) => ({ promise: /** @type {Promised} */ ("browserLeft"), what, at })),
    ...leftovers.outstayed.map(outstayed),
    ...leftovers.staleRuns.map((what) => ({ promise: /** @type {Promised} */ ("staleRunLeft"), what })),
    ...leftovers.hollow.map((id) => ({
      promise: /** @type {Promised} */ ("hollow"),
      what: "its browser does not answer",
      id,
    })),
    ...histories.flatMap((history) => [
      ...unclosed(history),
      ...unknown(history),
      ...finality(history),
      ...entered(history),
      ...timeouts(history),
      ...unexplained(history, causes),
      ...outlived(history, outages),
    ]),
    ...doubled(calls),
    ...shared(browsers),
  ];
}

/** @param {{browser: string, from: number, to: number}} seen @returns {Broken} */
function outstayed({ browser, from, to }) {
  return {
    promise: /** @type {Promised} */ ("outstayed"),
    what: `${browser} was there for ${Math.round((to - from) / 1000)} s`,
    at: from,
  };
}

/**
 * What is known of each session: the calls about it, creates that broke as well, and how each answer shows it.
 *
 * @param {Call[]} calls
 * @param {{ id: string; browser: string; }[]} browsers
 */
function bySession(calls, browsers) {
  /** @type {Map<string, SessionRecord>} */
  const histories = new Map();
  const made = new Map(calls.filter(isMade).map(({ key, seen: [{ id }] }) => [key, id]));
  /** @param {string} id */
  const of = (id) => {
    const record = histories.get(id) ?? { id, calls: [], sights: [], browsers: [] };
    histories.set(id, record);
    return record;
  };
  for (const call of calls) {
    for (const seen of call.seen) of(seen.id).sights.push({ call: /** @type {AnsweredCall} */ (call), seen });
    const id = call.id ?? (call.what === "create" ? (call.seen[0]?.id ?? made.get(call.key ?? "")) : undefined);
    if (id) of(id).calls.push(call);
  }
  for (const { id, browser } of browsers) of(id).browsers.push(browser);
  return [...histories.values()];
}

/** @param {Call} call */
const isMade = ({ what, key, seen }) => what === "create" && key !== undefined && seen.length > 0;
/** @param {{seen: Seen}} sight */
const hasEnded = ({ seen }) => seen.status !== "live";
/** @template T @param {T[]} list */
const first = (list) => list.slice(0, 1);
/** @param {number | undefined} millis */
const time = (millis) => new Date(millis ?? 0).toISOString().slice(11, -1);

/**
 * The last word about a session says that its browser is being closed.
 *
 * @param {SessionRecord} record
 * @returns {Broken[]}
 */
function unclosed({ id, sights }) {
  const last = sights.toSorted((one, other) => one.call.end - other.call.end).at(-1);
  return last?.seen.closing
    ? [{ promise: /** @type {Promised} */ ("unclosed"), what: `as of ${time(last.call.end)}`, id }]
    : [];
}

/**
 * @param {SessionRecord} record
 * @returns {Broken[]}
 */
function unknown({ id, calls, sights }) {
  const acknowledged = Math.min(...sights.map(({ call }) => call.end));
  const denied = calls.filter(({ status, start }) => status === 404 && start >= acknowledged);
  return first(denied).map(({ what, start }) => ({
    promise: /** @type {Promised} */ ("unknown"),
    what: `${what} at ${time(start)}: 404`,
    id,
  }));
}

/**
 * Ended is final, with one reason.
 *
 * @param {SessionRecord} record
 * @returns {Broken[]}
 */
function finality({ id, sights }) {
  const ended = sights.filter(hasEnded);
  const since = Math.min(...ended.map(({ call }) => call.end));
  const alive = sights.filter((sight) => !hasEnded(sight) && sight.call.start >= since);
  const words = new Set(ended.map(({ seen }) => `${seen.status}, ${seen.reason}, ${time(seen.endedAt)}`));
  return [
    ...first(alive).map(({ call }) => ({
      promise: /** @type {Promised} */ ("revived"),
      what: `${call.what} at ${time(call.start)}`,
      id,
    })),
    ...(words.size > 1
      ? [{ promise: /** @type {Promised} */ ("rewritten"), what: [...words].join("; then "), id }]
      : []),
  ];
}

/**
 * After an end is stored no client is admitted.
 *
 * @param {SessionRecord} record
 * @returns {Broken[]}
 */
function entered({ id, calls, sights }) {
  const since = Math.min(...sights.filter(hasEnded).map(({ call }) => call.end));
  const admitted = calls.filter(({ what, status, start }) => what === "connect" && status === 101 && start >= since);
  return first(admitted).map(({ start }) => ({
    promise: /** @type {Promised} */ ("entered"),
    what: `at ${time(start)}`,
    id,
  }));
}

/**
 * Each timeout that is shown is one that was asked for, and the latest that was acknowledged.
 *
 * @param {SessionRecord} record
 * @returns {Broken[]}
 */
function timeouts({ id, calls, sights }) {
  const created = calls.find(({ what }) => what === "create");
  if (!created) return [];
  const changes = calls.filter(({ what }) => what === "change");
  const wrong = sights.filter(({ call, seen }) => !possibleTimeouts({ created, changes, call }).includes(seen.timeout));
  const early = sights.filter(({ seen }) => seen.reason === "timeout" && Number(seen.endedAt) < seen.expiresAt);
  return [
    ...first(wrong).map(({ call, seen }) => {
      const possible = possibleTimeouts({ created, changes, call }).join(" or ");
      const what = `${call.what} at ${time(call.start)} shows ${seen.timeout}, not ${possible}`;
      return { promise: /** @type {Promised} */ ("unchanged"), what, id };
    }),
    ...first(early).map(({ seen }) => {
      return {
        promise: /** @type {Promised} */ ("cutShort"),
        what: `ended ${time(seen.endedAt)}, due ${time(seen.expiresAt)}`,
        id,
      };
    }),
  ];
}

// Acknowledged before the look and not replaced by a later one; or asked for before its end, with no answer before it.
/** @param {{created: Call, changes: Call[], call: AnsweredCall}} about */
function possibleTimeouts({ created, changes, call }) {
  const settled = changes.filter(({ status, end }) => status === 200 && end !== undefined && end <= call.start);
  const latest = settled.filter((change) => !settled.some(({ start }) => start >= Number(change.end)));
  const open = changes.filter((change) => change.start <= call.end && !settled.includes(change) && !isRefusal(change));
  return [...(latest.length > 0 ? latest : [created]), ...open].map(({ timeout }) => timeout);
}

/** @param {Call} call */
const isRefusal = ({ status = 0 }) => status >= 400 && status < 500;

/**
 * Who has lost its browser has lost it to a fault.
 *
 * @param {SessionRecord} record
 * @param {Cause[]} causes
 * @returns {Broken[]}
 */
function unexplained({ id, calls, sights, browsers }, causes) {
  const lost = sights.find(({ seen }) => seen.reason === "browser_lost" || seen.reason === "browser_crashed");
  const created = calls.find(({ what }) => what === "create");
  if (!lost || !created) return [];
  const { endedAt, reason } = lost.seen;
  // A session with an unseen browser may have had any browser.
  const mayBeIts = (/** @type {Cause} */ { kills, browser = "" }) =>
    kills === "all" || browsers.length === 0 || browsers.includes(browser);
  const isCause = (/** @type {Cause} */ cause) =>
    cause.at >= created.start && cause.at <= Number(endedAt) && mayBeIts(cause);
  return causes.some(isCause)
    ? []
    : [{ promise: /** @type {Promised} */ ("unexplained"), what: `${reason} at ${time(endedAt)}`, id }];
}

/**
 * @param {SessionRecord} record
 * @param {{from: number, to: number}[]} outages
 * @returns {Broken[]}
 */
function outlived({ id, calls, sights }, outages) {
  const late = sights.filter(({ call, seen }) => {
    const to = hasEnded({ seen }) ? Number(seen.endedAt) : call.start;
    return upTime({ from: due(seen, calls), to, outages }) > LATE_MS_MAX;
  });
  return first(late).map(({ call, seen }) => {
    const then = hasEnded({ seen }) ? `ended ${time(seen.endedAt)}` : `live in a ${call.what} at ${time(call.start)}`;
    return { promise: /** @type {Promised} */ ("outlived"), what: `due ${time(due(seen, calls))}, ${then}`, id };
  });
}

// A timeout may be changed to one that has passed already: then the end is due with the change.
/**
 * @param {Seen} seen
 * @param {Call[]} calls
 */
function due({ expiresAt, timeout }, calls) {
  const changes = calls.filter((call) => call.what === "change" && call.timeout === timeout && !isRefusal(call));
  return Math.max(expiresAt, ...changes.map(({ end, start }) => end ?? start));
}

/**
 * One key, one session.
 *
 * @param {Call[]} calls
 * @returns {Broken[]}
 */
function doubled(calls) {
  const ids = collect(
    calls.filter(isMade).map(({ key = "", seen: [{ id }] }) => /** @type {[string, string]} */ ([key, id])),
  );
  return several(ids).map(([key, all]) => ({
    promise: /** @type {Promised} */ ("doubled"),
    what: all.join(" and "),
    key,
  }));
}

/**
 * One session, one browser.
 *
 * @param {{id: string, browser: string}[]} browsers
 * @returns {Broken[]}
 */
function shared(browsers) {
  const behind = collect(browsers.map(({ id, browser }) => /** @type {[string, string]} */ ([browser, id])));
  const before = collect(browsers.map(({ id, browser }) => /** @type {[string, string]} */ ([id, browser])));
  const promise = /** @type {const} */ ("shared");
  return [
    ...several(behind).map(([browser, ids]) => ({ promise, what: `${browser}: ${ids.join(", ")}`, id: ids[0] })),
    ...several(before).map(([id, all]) => ({ promise, what: all.join(" and "), id })),
  ];
}

/** @param {[name: string, value: string][]} pairs */
function collect(pairs) {
  /** @type {Map<string, Set<string>>} */
  const sets = new Map();
  for (const [name, value] of pairs) sets.set(name, (sets.get(name) ?? new Set()).add(value));
  return sets;
}

/**
 * @param {Map<string, Set<string>>} sets
 * @returns {[name: string, values: string[]][]}
 */
function several(sets) {
  return [...sets].filter(([, values]) => values.size > 1).map(([name, values]) => [name, [...values]]);
}
