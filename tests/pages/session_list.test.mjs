// A list of sessions, as pages and events tell it, in any order that a network may bring them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SessionList } from "../../www/dashboard/session_list.js";

/** @import { SessionData, SessionEventType } from "../../src/client/types.ts" */

/** @param {number} second */
const at = (second) => new Date(Date.UTC(2026, 10, 1) + second * 1000).toISOString();
/**
 * @param {number} second
 * @param {Partial<SessionData>} [more]
 */
const live = (second, more) =>
  /** @type {SessionData} */ ({ id: `s${second}`, status: "live", createdAt: at(second), ...more });
/**
 * @param {number} second
 * @param {Partial<SessionData>} [more]
 */
const ended = (second, more) => live(second, { status: "released", ...more });
/**
 * @param {string} type
 * @param {SessionData} session
 */
const event = (type, session) => ({
  type: /** @type {SessionEventType} */ (`session.${type}`),
  sessionId: session.id,
  session,
});
const liveList = () => new SessionList(({ status }) => status === "live");
const endedList = () => new SessionList(({ status }) => status !== "live");
/** @param {SessionList} list */
const ids = (list) => list.loaded.map((/** @type {{id: string}} */ { id }) => id);

test("pages arrive and are listed from newest to oldest", () => {
  const list = endedList();
  list.takePage([ended(9), live(8), ended(7)], { nextCursor: "s7", total: 4, askedAt: 0 });
  assert.deepEqual([ids(list), list.complete, list.cursor, list.total], [["s9", "s7"], false, "s7", 4]);
  list.takePage([ended(3), ended(5)], { nextCursor: null, total: 4, askedAt: 0 });
  assert.deepEqual([ids(list), list.complete], [["s9", "s7", "s5", "s3"], true]);
});

test("a session that begins and ends moves from one list to the other", () => {
  const [lives, ends] = [liveList(), endedList()];
  for (const list of [lives, ends]) list.takePage([], { nextCursor: null, total: 0, askedAt: 0 });
  for (const list of [lives, ends]) list.takeEvent(event("created", live(1)));
  assert.deepEqual([ids(lives), lives.total, ids(ends), ends.total], [["s1"], 1, [], 0]);
  for (const list of [lives, ends]) list.takeEvent(event("ended", ended(1)));
  assert.deepEqual([ids(lives), lives.total, ids(ends), ends.total], [[], 0, ["s1"], 1]);
});

test("a repeated event counts once", () => {
  const list = endedList();
  list.takePage([], { nextCursor: null, total: 0, askedAt: 0 });
  for (let times = 0; times < 3; times++) list.takeEvent(event("ended", ended(1)));
  assert.deepEqual([ids(list), list.total], [["s1"], 1]);
});

test("a page requested before an event does not undo the event", () => {
  const list = liveList();
  const askedAt = list.tick;
  list.takeEvent(event("ended", ended(1)));
  list.takePage([live(2), live(1)], { nextCursor: null, total: 2, askedAt });
  assert.deepEqual([ids(list), list.count], [["s2"], 1]);
});

test("a page requested after an event replaces it", () => {
  const list = liveList();
  list.takeEvent(event("updated", live(1, { timeout: 1 })));
  const askedAt = list.tick;
  list.takePage([live(1, { timeout: 2 })], { nextCursor: null, total: 1, askedAt });
  assert.equal(list.get("s1")?.timeout, 2);
});

test("a session that ended beyond the last page is counted, and shown after its page is loaded", () => {
  const list = endedList();
  list.takePage([ended(9), ended(8)], { nextCursor: "s8", total: 5, askedAt: 0 });
  assert.equal(list.takeEvent(event("ended", ended(2))), true);
  assert.deepEqual([ids(list), list.total], [["s9", "s8"], 6]);
  const askedAt = list.tick;
  list.takePage([ended(3), ended(2)], { nextCursor: null, total: 4, askedAt });
  assert.deepEqual(ids(list), ["s9", "s8", "s3", "s2"]);
});

test("a live session beyond the last page is subtracted when it ends", () => {
  const list = liveList();
  list.takePage([live(9)], { nextCursor: "s9", total: 2, askedAt: 0 });
  list.takeEvent(event("ended", ended(2)));
  assert.deepEqual([ids(list), list.total], [["s9"], 1]);
});

test("a change adds or removes a session that starts or stops matching the filter", () => {
  const list = new SessionList(({ metadata }) => metadata.run === "1");
  list.takePage([live(1, { metadata: { run: "1" } })], { nextCursor: null, total: 1, askedAt: 0 });
  list.takeEvent(event("updated", live(1, { metadata: { run: "2" } })));
  assert.deepEqual([ids(list), list.total], [[], 0]);
  list.takeEvent(event("updated", live(1, { metadata: { run: "1" } })));
  assert.deepEqual([ids(list), list.total], [["s1"], 1]);
});

test("an event about a deleted session removes it from the list", () => {
  const list = endedList();
  list.takePage([ended(1)], { nextCursor: null, total: 1, askedAt: 0 });
  list.takeEvent({ type: "session.closed", sessionId: "s1" });
  assert.deepEqual([ids(list), list.total], [[], 0]);
});

test("sessions created at the same time have one order, whichever source shows them first", () => {
  const twins = [ended(1, { id: "a" }), ended(1, { id: "c" }), ended(1, { id: "b" })];
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
  ]) {
    const list = endedList();
    for (const index of order) list.takeEvent(event("ended", twins[index]));
    assert.deepEqual(ids(list), ["c", "b", "a"]);
  }
});

test("an event that arrives while a page is loading is counted, although the page may not include it", () => {
  const list = endedList();
  const askedAt = list.tick;
  list.takeEvent(event("ended", ended(9)));
  list.takePage([ended(8)], { nextCursor: "s8", total: 7, askedAt });
  assert.equal(list.isCountSure, false, "its total may be with or without the one that ended meanwhile");
  list.takePage([ended(7)], { nextCursor: "s7", total: 8, askedAt: list.tick });
  assert.deepEqual([list.isCountSure, list.total], [true, 8]);
});
