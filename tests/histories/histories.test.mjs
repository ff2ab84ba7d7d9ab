// Histories of the real Worker, recorded and checked; and the same ones with an answer altered, which must not pass.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { sessionsIn } from "./answers.mjs";
import { check } from "./check.mjs";
import { run } from "./run.mjs";
import { describe as describeViolation } from "./table.mjs";

const COUNT = 10;
const CALLS = 300;
const CLIENTS = 8;
// Where there is one there are mostly many of the same kind.
const SHOWN_MAX = 3;

const histories = [];
const violations = [];
let tally;

before(async () => {
  const seed = String(Date.now());
  console.log(`npm run histories -- --count ${COUNT} --calls ${CALLS} --at-once ${COUNT} --seed ${seed}`);
  const onHistory = (done) => {
    histories.push(done.history);
    violations.push(...done.violations.map((violation) => describeViolation(violation, done.history)));
  };
  tally = await run({ seed, count: COUNT, calls: CALLS, clients: CLIENTS, atOnce: COUNT, onHistory });
});

test(`${COUNT} histories of ${CALLS} calls by ${CLIENTS} clients each have an order that explains them`, () => {
  assert.equal(histories.length, COUNT);
  assert.equal(violations.slice(0, SHOWN_MAX).join("\n\n"), "");
});

test("and no browser is left", () => {
  assert.ok(tally.browsers.given > 0);
  assert.equal(tally.browsers.left, 0);
});

test("and those who were seen in line were served in order", () => {
  assert.ok(tally.inLine > 0, "none of them has passed another by, and there were some that could have");
});

test("and clients have got in each other's way", () => {
  const share = tally.overlapping / tally.calls;
  assert.ok(share > 0.1, `${share} of all calls overlapped another one about the same session`);
  for (const reason of ["user_requested", "timeout", "startup_failed"]) assert.ok(tally.ends[reason] > 0, reason);
});

describe("a history is refused if it is altered so that", () => {
  for (const [name, alter] of /** @type {const} */ ([
    ["an ended session is live again", showOldAgain],
    ["a session has two ends", endTwice],
    ["a change is lost", loseChange],
    ["a list misses a live session", hideFromList],
    ["an answer is another session's", exchangeIds],
  ])) {
    test(name, () => {
      const altered = histories.map((history) => alterOne(history, alter)).find(Boolean);
      assert.ok(altered, "there is an answer that can be altered so");
      assert.notDeepEqual(check(altered).violations, []);
    });
  }
});

/** The history with one of its answers altered; undefined if `alter` finds none that it could. */
function alterOne(history, alter) {
  const calls = structuredClone(history.calls);
  return alter(calls) ? { ...history, calls } : undefined;
}

const answered = (calls, what) => calls.filter((call) => call.what === what && call.answer?.status === 200);
const shows = (call, id, isIt) => sessionsIn(call.answer?.body).some((session) => session.id === id && isIt(session));
const isLive = ({ status }) => status === "live";
const isOver = (session) => !isLive(session);

function showOldAgain(calls) {
  for (const get of answered(calls, "get")) {
    const { id } = get.answer.body;
    const wasOver = calls.some((call) => call.ended < get.begun && shows(call, id, isOver));
    const sessions = calls.flatMap(({ answer }) => sessionsIn(answer?.body));
    const old = sessions.find((session) => session.id === id && isLive(session));
    if (!wasOver || !old) continue;
    get.answer.body = { ...old, config: get.answer.body.config };
    return get.answer.body;
  }
  return undefined;
}

function endTwice(calls) {
  return answered(calls, "get").find(({ answer }) => {
    const { id, endedAt, status } = answer.body;
    const isShownTwice = calls.some((call) => call.answer && call.what !== "get" && shows(call, id, isOver));
    if (status === "live" || !isShownTwice) return false;
    answer.body.endedAt = new Date(Date.parse(endedAt) + 1).toISOString();
    return true;
  });
}

function loseChange(calls) {
  for (const change of answered(calls, "change").filter(({ request }) => request.values.metadata)) {
    const { id, metadata } = change.answer.body;
    const isNew = (session) => JSON.stringify(session.metadata) === JSON.stringify(metadata);
    const later = answered(calls, "get").find((call) => call.begun > change.ended && shows(call, id, isNew));
    if (!later) continue;
    later.answer.body.metadata = { n: "lost" };
    return later.answer.body.metadata;
  }
  return undefined;
}

function hideFromList(calls) {
  for (const list of answered(calls, "list").filter(({ request }) => request.status === "live" && !request.owner)) {
    const { body } = list.answer;
    const known = body.sessions.findIndex(({ id }) => {
      const before = calls.some((call) => call.ended < list.begun && shows(call, id, isLive));
      return before && calls.some((call) => call.begun > list.ended && shows(call, id, isLive));
    });
    if (known < 0) continue;
    body.sessions.splice(known, 1);
    body.totalCount -= 1;
    return list;
  }
  return undefined;
}

function exchangeIds(calls) {
  const [one, other] = answered(calls, "get");
  if (!other || one.answer.body.id === other.answer.body.id) return undefined;
  [one.answer.body, other.answer.body] = [other.answer.body, one.answer.body];
  return [one.answer.body, other.answer.body];
}
