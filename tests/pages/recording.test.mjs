// A recording as the replay page takes it in: tabs, entries, gaps, whatever the events look like.

import assert from "node:assert/strict";
import { test } from "node:test";

import { formatBytes, readEntry } from "../../www/replay/entry.js";
import { Recording } from "../../www/replay/recording.js";
import { marksOf, formatTime } from "../../www/replay/time.js";

/**
 * @param {number} timestamp
 * @param {string} tab
 */
const meta = (timestamp, tab) => ({ type: 4, timestamp, tab, data: { href: "http://x/", width: 10, height: 10 } });
/**
 * @param {number} timestamp
 * @param {string} tab
 */
const snapshot = (timestamp, tab) => ({ type: 2, timestamp, tab, data: { node: { type: 0, childNodes: [] } } });
/**
 * @param {number} timestamp
 * @param {string} tab
 */
const change = (timestamp, tab) => ({ type: 3, timestamp, tab, data: { source: 0 } });
/**
 * @param {number} timestamp
 * @param {any} tab also what is no tab
 * @param {string} tag
 * @param {unknown} payload
 */
const custom = (timestamp, tab, tag, payload) => ({ type: 5, timestamp, tab, data: { tag, payload } });
/** @param {any[]} events */
const taken = (...events) => {
  const recording = new Recording();
  recording.add(events);
  return recording;
};

test("events are divided by tab, in order of appearance, and lose the field", () => {
  const recording = taken(meta(1, "B"), snapshot(2, "B"), meta(3, "A"), change(4, "B"), snapshot(5, "A"));
  assert.deepEqual(
    recording.tabs.map(({ id, number, events }) => [id, number, events.map(({ type }) => type)]),
    [
      ["B", 1, [4, 2, 3]],
      ["A", 2, [4, 2]],
    ],
  );
  assert.ok(recording.tabs[0].events.every((event) => !("tab" in event)));
  assert.deepEqual([recording.start, recording.end, recording.duration], [1, 5, 4]);
});

test("a tab begins with a page that the player can show", () => {
  const recording = taken(
    change(1, "A"),
    custom(2, "A", "console", { level: "log", text: "early" }),
    meta(3, "A"),
    change(4, "A"),
    meta(5, "A"),
    snapshot(6, "A"),
  );
  assert.deepEqual(
    recording.tabs[0].events.map(({ timestamp }) => timestamp),
    [5, 6],
  );
  assert.equal(recording.entries[0].title, "early");
});

test("a tab that never showed a page is left out", () => {
  assert.deepEqual(taken(custom(1, "A", "tab", { opened: true }), meta(2, "A")).tabs, []);
});

test("consecutive pages make one recording", () => {
  const recording = taken(meta(1, "A"), snapshot(2, "A"));
  recording.add([custom(3, "A", "navigation", { url: "http://x/2", title: "Two" })]);
  recording.add([change(4, "A")]);
  assert.equal(recording.tabs[0].events.length, 4);
  assert.equal(recording.end, 4);
});

test("a request has its start as its time, although its event comes at its end", () => {
  const request = {
    url: "http://x/",
    method: "GET",
    status: 200,
    startedAt: new Date(5).toISOString(),
    durationMs: 10,
    bytes: 0,
  };
  const recording = taken(
    custom(8, "A", "console", { text: "while it was on its way" }),
    custom(15, "A", "network", request),
  );
  assert.deepEqual(
    recording.entries.map(({ at, kind }) => [at, kind]),
    [
      [5, "network"],
      [8, "console"],
    ],
  );
});

test("a tab has its URL at each time, and the time of its close", () => {
  const recording = taken(
    custom(1, "A", "tab", { opened: true, url: "about:blank", title: "" }),
    meta(2, "A"),
    snapshot(2, "A"),
    custom(3, "A", "navigation", { url: "http://x/1", title: "One" }),
    custom(5, "B", "navigation", { url: "http://y/", title: "Other" }),
    custom(7, "A", "navigation", { url: "http://x/2", title: "Two" }),
    custom(9, "A", "tab", { opened: false, url: "http://x/2" }),
  );
  assert.deepEqual(recording.pageOf("A", 1), { url: "about:blank", title: "about:blank" });
  assert.deepEqual(recording.pageOf("A", 6), { url: "http://x/1", title: "One" });
  assert.deepEqual(recording.pageOf("A", 20), { url: "http://x/2", title: "Two" });
  assert.equal(recording.tabs[0].closedAt, 9);
});

test("gaps have their times, from numbers or ISO texts", () => {
  const recording = taken(custom(9, "", "gap", { from: 3, to: new Date(9).toISOString(), why: "restarted" }));
  assert.deepEqual(
    recording.gaps.map(({ from, to, detail }) => [from, to, detail]),
    [[3, 9, "restarted"]],
  );
});

test("invalid and unknown events are left out", () => {
  const strange = [
    null,
    7,
    "text",
    {},
    { type: 5 },
    { type: 5, timestamp: "1", data: { tag: "console", payload: {} } },
    { type: 5, timestamp: Number.NaN },
    custom(1, "A", "__proto__", {}),
    custom(1, "A", "constructor", {}),
    custom(1, "A", "unknown", { text: "x" }),
    custom(1, "A", "console", null),
    custom(1, "A", "console", "x"),
    { type: 5, timestamp: 1, data: null },
  ];
  const recording = new Recording();
  recording.add(/** @type {any[]} */ (strange));
  assert.deepEqual(recording.entries, []);
  assert.equal(readEntry(custom(1, "A", "toString", {})), null);
});

test("fields of another type count as absent", () => {
  const entry = readEntry(custom(1, 7, "console", { level: {}, text: ["x"], url: 5, line: "9" }));
  assert.deepEqual(entry, { at: 1, tab: "", kind: "console", level: "info", title: "", detail: "" });
  const request = readEntry(
    custom(1, "A", "network", { url: 1, method: null, status: "200", durationMs: Infinity, startedAt: "never" }),
  );
  assert.deepEqual([request?.at, request?.title, request?.detail], [1, "GET ", "no response"]);
});

test("a failed request has its reason", () => {
  const told = (/** @type {object} */ payload) =>
    readEntry(custom(1, "A", "network", { method: "GET", url: "u", ...payload }));
  assert.deepEqual(
    [told({ status: 404 })?.level, told({ status: 200 })?.level, told({ failed: "net::ERR_FAILED" })?.level],
    ["error", "info", "error"],
  );
  assert.equal(told({ failed: "net::ERR_FAILED" })?.detail, "net::ERR_FAILED");
  assert.equal(told({ failed: true })?.detail, "failed");
  assert.equal(
    told({ status: 200, type: "Script", durationMs: 12.4, bytes: 4100 })?.detail,
    "200 · Script · 12 ms · 4.1 kB",
  );
});

test("the entry for a time is the last one at or before it", () => {
  const entries = [1, 3, 3, 7].map((at) => ({ at }));
  assert.deepEqual(
    [0, 1, 2, 3, 6, 7, 9].map((at) => Recording.indexAt(entries, at)),
    [-1, 0, 0, 2, 2, 3, 3],
  );
});

test("marks are limited, and the most severe mark of a position is kept", () => {
  const entries = Array.from({ length: 10_000 }, (_, at) => ({
    at,
    kind: at % 2 ? "page" : "network",
    level: at === 5000 ? "error" : undefined,
  }));
  const marks = marksOf(entries, 0, 10_000, 100);
  assert.ok(marks.length <= 101);
  assert.deepEqual(
    marks.filter(({ kind }) => kind === "error"),
    [{ share: 0.5, kind: "error" }],
  );
  assert.deepEqual(marksOf(entries.slice(0, 1), 0, 0), []);
});

test("times and sizes have their formats", () => {
  assert.deepEqual([0, 7999, 754_000, 3_723_000].map(formatTime), ["0:00", "0:07", "12:34", "1:02:03"]);
  assert.deepEqual([0, 812, 4100, 12_000_000, 3e15].map(formatBytes), [
    "0 B",
    "812 B",
    "4.1 kB",
    "12 MB",
    "3000000 GB",
  ]);
});
