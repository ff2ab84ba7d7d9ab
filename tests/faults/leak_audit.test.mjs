// What the leak audit calls a broken promise, and what it does not: made-up histories of one session.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PROMISES, auditLeaks } from "./leak_audit.mjs";

/**
 * @import { Call, Fault, Seen } from "./history.mjs"
 *
 * @typedef {Parameters<typeof auditLeaks>[0]} Audited
 * @typedef {Partial<Omit<Audited, "leftovers">> & {leftovers?: Partial<Audited["leftovers"]>}} LifeRecord
 */

const ID = "s1";
const TIMEOUT = 5_000;
const deadline = { createdAt: 1_000, timeout: TIMEOUT, expiresAt: 6_000 };
/** @param {Partial<Seen>} [changes] @returns {Seen} */
const live = (changes) => ({ id: ID, status: "live", ...deadline, ...changes });
/** @param {Partial<Seen>} [changes] @returns {Seen} */
const ended = (changes) => ({ ...live(), status: "released", reason: "user_requested", endedAt: 4_000, ...changes });
/** @param {Partial<Seen>} [changes] */
const failed = (changes) => ended({ status: "failed", reason: "browser_lost", ...changes });

/**
 * A call that takes 10 ms and shows the session so.
 *
 * @param {Call["what"]} what
 * @param {number} start
 * @param {Seen} [shown]
 * @param {Partial<Call>} [changes]
 * @returns {Call}
 */
function call(what, start, shown, changes) {
  return {
    project: "load",
    who: "agent-1",
    what,
    id: ID,
    start,
    end: start + 10,
    status: 200,
    seen: shown ? [shown] : [],
    ...changes,
  };
}
const asked = { id: undefined, key: "k1", timeout: TIMEOUT };
const created = { ...call("create", 500, live(), { ...asked, status: 201 }), end: 1_010 };
const cutOff = { status: undefined, error: "ECONNRESET", seen: [] };

/**
 * A life without a fault; `record` over it, `calls` beside its create.
 *
 * @param {LifeRecord} record
 */
function broken({ calls = [], leftovers, ...record }) {
  const nothing = { browsers: [], outstayed: [], staleRuns: [], hollow: [], ...leftovers };
  const life = { browsers: [], faults: [], ends: [], outages: [], ...record, leftovers: nothing };
  const inOrder = [created, ...calls].sort((one, other) => one.start - other.start);
  return auditLeaks({ ...life, calls: inOrder }).map(({ promise }) => promise);
}

/**
 * @param {string} name
 * @param {LifeRecord} record
 */
const holds = (name, record) => test(`holds: ${name}`, () => assert.deepEqual(broken(record), []));
const seenBroken = new Set();
/**
 * @param {string} name
 * @param {string} promise
 * @param {LifeRecord} record
 */
const breaks = (name, promise, record) => {
  seenBroken.add(promise);
  test(`is broken: ${name}`, () => assert.deepEqual(broken(record), [promise]));
};

holds("a session is created, read and released", {
  calls: [
    call("get", 2_000, live()),
    call("release", 3_995, ended()),
    call("get", 9_000, ended()),
    call("list", 9_100, ended()),
  ],
});

breaks("a Chrome is there", "browserLeft", { leftovers: { browsers: [{ what: "process 7" }] } });
breaks("a Chrome was there too long", "outstayed", {
  leftovers: { outstayed: [{ browser: "7@1", from: 1_000, to: 90_000 }] },
});
breaks("a folder of a run is there", "staleRunLeft", { leftovers: { staleRuns: ["/tmp/run"] } });
breaks("a session is live, and its browser does not answer", "hollow", { leftovers: { hollow: [ID] } });

const closing = call("release", 3_995, ended({ closing: true }));
breaks("the last word is that it is closing", "unclosed", { calls: [closing] });
holds("the last report says that the browser has closed", { calls: [closing, call("get", 9_000, ended())] });

breaks("acknowledged, then not found", "unknown", { calls: [call("get", 2_000, undefined, { status: 404 })] });
breaks("acknowledged, then no such session for a socket", "unknown", {
  calls: [call("connect", 2_000, undefined, { status: 404 })],
});
holds("a read before the create is acknowledged", { calls: [call("get", 600, undefined, { status: 404 })] });

breaks("released, then live", "revived", { calls: [call("release", 3_995, ended()), call("get", 4_500, live())] });
breaks("released, then in a list as live", "revived", {
  calls: [call("release", 3_995, ended()), call("list", 4_500, live())],
});
holds("a read that began before the release was answered shows it live", {
  calls: [call("release", 3_995, ended()), call("get", 3_996, live())],
});

breaks("another reason than before", "rewritten", {
  calls: [call("release", 3_995, ended()), call("get", 9_000, ended({ reason: "client_disconnected" }))],
});
breaks("another end than before", "rewritten", {
  calls: [call("release", 3_995, ended()), call("get", 9_000, ended({ endedAt: 4_001 }))],
});

/**
 * @param {number} start
 * @param {number} status
 */
const connect = (start, status) => call("connect", start, undefined, { status });
breaks("a socket after the end", "entered", { calls: [call("release", 3_995, ended()), connect(4_100, 101)] });
holds("a socket is refused after the end", { calls: [call("release", 3_995, ended()), connect(4_100, 410)] });
holds("a socket was requested before the end", { calls: [call("release", 3_995, ended()), connect(4_000, 101)] });

const longer = live({ timeout: 9_000, expiresAt: 10_000 });
const extended = call("change", 2_000, longer, { timeout: 9_000 });
breaks("an extension is gone", "unchanged", { calls: [extended, call("get", 3_000, live())] });
breaks("an extension is gone when it has ended", "unchanged", {
  calls: [extended, call("get", 8_000, ended({ reason: "timeout", endedAt: 6_000 }))],
});
breaks("another timeout than the one asked for", "unchanged", { calls: [call("get", 3_000, longer)] });
breaks("the last of two changes is gone", "unchanged", {
  calls: [extended, call("change", 2_500, live(), { timeout: TIMEOUT }), call("get", 3_000, longer)],
});
holds("an extension stays", { calls: [extended, call("get", 3_000, longer)] });
const unsure = call("change", 2_000, undefined, { timeout: 9_000, ...cutOff });
holds("an interrupted change took effect", { calls: [unsure, call("get", 3_000, longer)] });
holds("an interrupted change did not take effect", { calls: [unsure, call("get", 3_000, live())] });
holds("a change is answered during a read", {
  calls: [extended, call("get", 1_995, live()), call("get", 2_005, longer)],
});
breaks("a change that was refused was made", "unchanged", {
  calls: [call("change", 2_000, undefined, { timeout: 9_000, status: 409 }), call("get", 3_000, longer)],
});

/** @param {number} endedAt */
const timedOut = (endedAt) => call("get", 9_500, ended({ reason: "timeout", endedAt }));
breaks("it times out early", "cutShort", { calls: [timedOut(5_999)] });
holds("a session times out on time", { calls: [timedOut(6_000)] });

/**
 * @param {string} id
 * @param {{ key: string; } | { key: undefined; }} [changes]
 */
const again = (id, changes) => call("create", 2_000, live({ id }), { ...asked, ...changes });
breaks("the same key makes another session", "doubled", { calls: [again("s2")] });
holds("the same key gives the same session", { calls: [again(ID)] });
holds("another key makes another session", { calls: [again("s2", { key: "k2" })] });
holds("no key makes another session", { calls: [again("s2", { key: undefined })] });

/**
 * @param {string} id
 * @param {string} browser
 */
const met = (id, browser) => ({ id, browser, at: 1_500 });
breaks("one browser behind two sessions", "shared", { browsers: [met(ID, "7@1"), met("s2", "7@1")] });
breaks("two browsers behind one session", "shared", { browsers: [met(ID, "7@1"), met(ID, "8@1")] });
holds("one browser is seen twice", { browsers: [met(ID, "7@1"), met(ID, "7@1")] });

const lost = [call("get", 9_000, failed())];
/** @param {Partial<Fault>} [changes] @returns {Fault} */
const fault = (changes) => ({ kind: "chrome killed", at: 3_000, kills: "browser", browser: "7@1", ...changes });
breaks("lost without a fault", "unexplained", { calls: lost });
/** @type {Partial<Fault>} */
const all = { kills: "all", browser: undefined };
breaks("lost by a fault of another's browser", "unexplained", {
  calls: lost,
  browsers: [met(ID, "8@1")],
  faults: [fault()],
});
breaks("lost by a fault that only stopped it", "unexplained", { calls: lost, faults: [fault({ kills: undefined })] });
breaks("lost by a fault that came later", "unexplained", { calls: lost, faults: [fault({ at: 4_500 })] });
breaks("lost by a fault before it was asked for", "unexplained", { calls: lost, faults: [fault({ ...all, at: 400 })] });
holds("a session is lost by a fault of its browser", { calls: lost, browsers: [met(ID, "7@1")], faults: [fault()] });
holds("a session is lost by a fault of an unseen browser", { calls: lost, faults: [fault()] });
holds("a session is lost with all others", { calls: lost, browsers: [met(ID, "8@1")], faults: [fault(all)] });
holds("a session is lost with a server that ended by itself", { calls: lost, ends: [3_000] });
holds("a session is lost in an interrupted create that is repeated", {
  calls: [call("create", 100, undefined, { ...asked, ...cutOff }), ...lost],
  faults: [fault({ ...all, at: 400 })],
});

breaks("seen live 2 s past its deadline", "outlived", { calls: [call("list", 8_001, live())] });
breaks("ended 2 s past its deadline", "outlived", { calls: [call("get", 9_000, ended({ endedAt: 8_001 }))] });
holds("a session is live 2 s past its deadline after the server was down", {
  calls: [call("list", 9_001, live())],
  outages: [{ from: 5_500, to: 7_001 }],
});
breaks("seen live 2 s past its deadline, the server having been down before", "outlived", {
  calls: [call("list", 8_001, live())],
  outages: [{ from: 2_000, to: 6_000 }],
});
const past = { timeout: 1_000, expiresAt: 2_000 };
holds("a change to a past timeout ends a session at once", {
  calls: [call("change", 4_990, ended({ ...past, reason: "timeout", endedAt: 5_000 }), { timeout: 1_000 })],
});
const shorter = live(past);
breaks("seen live 2 s after a change to a timeout that has passed", "outlived", {
  calls: [call("change", 4_000, shorter, { timeout: 1_000 }), call("get", 6_011, shorter)],
});
holds("a session is live past its deadline within the allowance", { calls: [call("list", 8_000, live())] });

test("every promise is broken by at least one of these histories", () => {
  assert.deepEqual([...seenBroken].sort(), Object.keys(PROMISES).sort());
});
