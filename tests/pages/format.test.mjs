// What the dashboard says in words.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { inRoot } from "../../scripts/support/places.mjs";
import {
  formatAgo,
  formatCount,
  formatNumber,
  formatDateTime,
  formatReason,
  shortId,
  formatDuration,
} from "../../www/page/format.js";

test("a duration is shown in its two largest units", () => {
  const spans = {
    "-5": "0 s",
    0: "0 s",
    850: "850 ms",
    1000: "1 s",
    59999: "59 s",
    60000: "1 min",
    252000: "4 min 12 s",
    3600000: "1 h",
    11100000: "3 h 5 min",
    3605000: "1 h",
    187200000: "2 d 4 h",
  };
  for (const [ms, words] of Object.entries(spans)) assert.equal(formatDuration(Number(ms)), words, ms);
});

test("a past time is rounded", () => {
  const pasts = {
    "-3000": "just now",
    59999: "just now",
    60000: "1 min ago",
    7200000: "2 h ago",
    172800000: "2 d ago",
  };
  for (const [ms, words] of Object.entries(pasts)) assert.equal(formatAgo(Number(ms)), words, ms);
});

test("every release reason of the API has its own text", () => {
  const types = readFileSync(inRoot("src/client/types.ts"), "utf8");
  const [, body] = /export type ReleaseReason =([^;]+);/.exec(types) ?? [];
  const reasons = [...body.matchAll(/"(\w+)"/g)].map(([, reason]) => reason);
  assert.ok(reasons.length >= 9);
  const words = reasons.map(formatReason);
  for (const [index, told] of words.entries()) assert.match(told, /^[A-Z][a-z ]+$/, reasons[index]);
  assert.equal(new Set(words).size, words.length);
});

test("an unknown reason is shown unchanged", () => {
  assert.equal(formatReason("moved_elsewhere"), "moved elsewhere");
  assert.equal(formatReason("toString"), "toString");
  assert.equal(formatReason(undefined), "Ended");
});

test("counts, ids and times have their formats", () => {
  assert.equal(formatCount(1, "session"), "1 session");
  assert.equal(formatCount(10_000, "session"), "10,000 sessions");
  assert.equal(shortId("01a20691-4ff6-72df-96d2-7a299dae090b"), "01a20691…ae090b");
  assert.equal(shortId("short"), "short");
  assert.equal(formatDateTime("no time"), "–");
});

test("thousands are grouped, but not decimals", () => {
  const figures = {
    0: "0",
    999: "999",
    1000: "1,000",
    12345: "12,345",
    1234567: "1,234,567",
    1234.5: "1,234.5",
    0.12345: "0.12345",
  };
  for (const [value, words] of Object.entries(figures)) assert.equal(formatNumber(Number(value)), words);
});
