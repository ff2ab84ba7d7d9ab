// How a recording is read: page by page, and on until it is over.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { jsonParts } from "../../www/replay/downloads.js";
import { readEvents } from "../../www/replay/loading.js";

/**
 * A client whose calls for events are answered in this order.
 *
 * @param {any[]} answers
 */
function clientOf(answers) {
  /** @type {(string | undefined)[]} */
  const asked = [];
  const events = async (/** @type {string} */ _id, /** @type {{pointer?: string}} */ options = {}) => {
    asked.push(options.pointer);
    return answers.shift();
  };
  return { asked, client: { sessions: { events } } };
}

test("each page is requested with the cursor of the page before, until there is none", async () => {
  const { client, asked } = clientOf([
    { events: [1, 2], nextCursor: "a" },
    { events: [3], nextCursor: "b" },
    { events: [], nextCursor: undefined },
  ]);
  const read = [];
  for await (const { events, isWaiting } of readEvents(client, "id", new AbortController().signal)) {
    assert.equal(isWaiting, false);
    read.push(...events);
  }
  assert.deepEqual(
    [read, asked],
    [
      [1, 2, 3],
      [undefined, "a", "b"],
    ],
  );
});

test("an incomplete recording is reported as such, and requested again after a delay", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { client, asked } = clientOf([
    { events: [1], nextCursor: "a" },
    { events: [], nextCursor: "a" },
    { events: [2], nextCursor: null },
  ]);
  const reading = readEvents(client, "id", new AbortController().signal);
  assert.deepEqual((await reading.next()).value, { events: [1], isWaiting: false });
  assert.deepEqual((await reading.next()).value, { events: [], isWaiting: true });
  const next = reading.next();
  await Promise.resolve();
  assert.equal(asked.length, 2, "not at once");
  mock.timers.tick(2000);
  assert.deepEqual((await next).value, { events: [2], isWaiting: false });
  assert.equal((await reading.next()).done, true);
  mock.timers.reset();
});

test("a download is one JSON array", () => {
  assert.deepEqual(JSON.parse([...jsonParts([])].join("")), []);
  assert.deepEqual(JSON.parse([...jsonParts([{ a: 1 }, { b: "\n" }])].join("")), [{ a: 1 }, { b: "\n" }]);
});
