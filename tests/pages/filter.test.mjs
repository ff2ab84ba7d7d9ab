// Which sessions the dashboard means by its filters and its search.

import assert from "node:assert/strict";
import { test } from "node:test";

import { contains, isFiltered, passes, readQuery } from "../../www/dashboard/filter.js";

/**
 * @import { SessionData } from "../../src/client/types.ts"
 * @import { Filter } from "../../www/dashboard/filter.js"
 */

const session = /** @type {SessionData} */ (
  /** @type {unknown} */ ({
    id: "01a20691-4ff6-72df-96d2-7a299dae090b",
    status: "failed",
    owner: "Crawler-7",
    metadata: { run: "17", stage: "nightly" },
    releaseReason: "browser_crashed",
    failure: { code: "browser_crashed", message: "Out of memory" },
  })
);
/** @type {Filter} */
const ALL = { status: null, owner: null, metadata: {} };

test("a filter matches the same sessions as the service's filter", () => {
  /** @type {(typeof ALL)[]} */
  const taken = [
    ALL,
    { ...ALL, status: "failed" },
    { ...ALL, owner: "Crawler-7" },
    { ...ALL, metadata: { run: "17", stage: "nightly" } },
  ];
  /** @type {(typeof ALL)[]} */
  const left = [
    { ...ALL, status: "live" },
    { ...ALL, owner: "crawler-7" },
    { ...ALL, metadata: { run: "1" } },
    { ...ALL, metadata: { toString: "x" } },
    { ...ALL, metadata: { run: "17", other: "x" } },
  ];
  for (const filter of taken) assert.ok(passes(filter, session), JSON.stringify(filter));
  for (const filter of left) assert.ok(!passes(filter, session), JSON.stringify(filter));
  assert.ok(!passes({ ...ALL, owner: "x" }, { ...session, owner: undefined }));
});

test("a search finds each word anywhere, in either case", () => {
  for (const text of [
    "",
    "  ",
    "crawler",
    "RUN=17",
    "7a299dae090b",
    "memory out",
    "nightly crawler",
    "browser_crashed",
  ]) {
    assert.ok(contains(text, session), text);
  }
  for (const text of ["crawler-8", "nightly daily", "run=18"]) assert.ok(!contains(text, session), text);
  assert.ok(contains("live", { ...session, id: "x", status: "live", metadata: {}, owner: "live-1" }));
});

test("typed text is parsed into filters and words", () => {
  /** @param {string} typed */
  const read = (typed) => {
    const { metadata, ...rest } = readQuery(typed);
    return { ...rest, metadata: { ...metadata } };
  };
  assert.deepEqual(read("owner:crawler-7 run=17 shop"), { owner: "crawler-7", metadata: { run: "17" }, text: "shop" });
  assert.deepEqual(read('owner:"two words" "a b"'), { owner: "two words", metadata: {}, text: "a b" });
  assert.deepEqual(read("url=http://x/?a=b"), { metadata: { url: "http://x/?a=b" }, text: "" });
  assert.deepEqual(read("="), { metadata: {}, text: "=" });
  assert.deepEqual(read(""), { metadata: {}, text: "" });
  assert.equal(Object.entries(readQuery("__proto__=x").metadata)[0][0], "__proto__");
});

test("each of the service's filters narrows the list", () => {
  assert.ok(!isFiltered(ALL));
  /** @type {Partial<Filter>[]} */
  const narrowing = [{ status: "live" }, { owner: "x" }, { metadata: { a: "b" } }];
  for (const one of narrowing) assert.ok(isFiltered({ ...ALL, ...one }));
});
