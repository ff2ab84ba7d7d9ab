// When the recorder's script sends what it has seen.

import assert from "node:assert/strict";
import { test } from "node:test";

import { EventBatcher } from "../../www/recorder/event_batcher.js";

/** @returns {Promise<void>} */
const microtask = () => new Promise((resolve) => queueMicrotask(resolve));

/**
 * An outbox whose clock only the test moves.
 *
 * @param {test.TestContext} t
 */
function makeBatcher(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  t.mock.method(performance, "now", () => now);
  /** @type {string[]} */
  const sent = [];
  /** @param {number} ms */
  const pass = (ms) => {
    for (let passed = 0; passed < ms; passed++) {
      now++;
      t.mock.timers.tick(1);
    }
  };
  return { batcher: new EventBatcher((message) => sent.push(message)), sent, pass };
}

test("occasional events are sent at once", async (t) => {
  const { batcher, sent, pass } = makeBatcher(t);
  for (let step = 0; step < 30; step++) {
    batcher.add(`${step}`);
    await microtask();
    assert.equal(sent.length, step + 1);
    pass(50);
  }
});

test("a few events in a row are each sent at once", async (t) => {
  const { batcher, sent, pass } = makeBatcher(t);
  for (let step = 0; step < 10; step++) {
    batcher.add(`${step}`);
    await microtask();
    pass(1);
  }
  assert.deepEqual(sent, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
});

test("continuous events are sent in batches, twenty messages a second, with a bounded delay", async (t) => {
  const { batcher, sent, pass } = makeBatcher(t);
  const waited = [];
  for (let frame = 0; frame < 2_000; frame++) {
    batcher.add(`${frame}`);
    await microtask();
    waited.push(frame - Number(sent.at(-1)?.split("\n").at(-1)));
    pass(1);
  }
  assert.ok(sent.length >= 40 && sent.length <= 52, `${sent.length} messages`);
  assert.ok(Math.max(...waited) <= 50, `${Math.max(...waited)} ms`);
  pass(50);
  assert.equal(sent.flatMap((message) => message.split("\n")).length, 2_000);
});

test("a step is sent at once with all events before it, and uses no quota of later events", async (t) => {
  const { batcher, sent, pass } = makeBatcher(t);
  for (let key = 0; key < 50; key++) {
    batcher.add("key", true);
    await microtask();
    pass(1);
  }
  assert.equal(sent.length, 50);
  for (let event = 0; event < 12; event++) {
    batcher.add(`${event}`);
    await microtask();
  }
  assert.equal(sent.length, 60);
  for (const step of ["a", "b", "c"]) {
    batcher.add(step, true);
    await microtask();
  }
  assert.deepEqual(sent.slice(60), ["10\n11\na", "b", "c"]);
  pass(50);
  batcher.add("later");
  await microtask();
  assert.equal(sent.at(-1), "later");
});

test("events too large for one message are split, and a single event above the limit is refused", async (t) => {
  const { batcher, sent } = makeBatcher(t);
  assert.equal(batcher.add("x".repeat(6_000_001)), false);
  batcher.add("y".repeat(4_000_000));
  batcher.add("z".repeat(4_000_000));
  await microtask();
  assert.deepEqual(
    sent.map((message) => message[0]),
    ["y", "z"],
  );
});
