// Records and checks histories of the real Worker. The same histories with one altered answer must not pass.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { sessionsIn } from "./answers.mjs";
import { check } from "./check.mjs";
import { run } from "./run.mjs";
import { describe as describeViolation } from "./table.mjs";

const COUNT = 10;
const CALLS = 300;
const CLIENTS = 8;
// One violation mostly comes with many of the same kind.
const SHOWN_MAX = 3;

/**
 * @typedef {import("./answers.mjs").SessionView} SessionView
 * @typedef {import("./recorder.mjs").Call} Call
 * @typedef {import("./recorder.mjs").History} History
 */

/**
 * @template {Call["what"]} What
 * @template {Call} [C=Call]
 * @typedef {C extends unknown
 *   ? What extends C["what"] ? C & {answer: NonNullable<C["answer"]>} : never
 *   : never} Succeeded the answered calls of one kind
 */

/** @type {History[]} */
const histories = [];
/** @type {string[]} */
const violations = [];
/** @type {import("./tally.mjs").Tally} */
let tally;

before(async () => {
  const seed = String(Date.now());
  console.log(`npm run histories -- --count ${COUNT} --calls ${CALLS} --at-once ${COUNT} --seed ${seed}`);
  tally = await run({
    seed,
    count: COUNT,
    calls: CALLS,
    clients: CLIENTS,
    atOnce: COUNT,
    onHistory({ history, violations: found }) {
      histories.push(history);
      violations.push(...found.map((violation) => describeViolation(violation, history)));
    },
  });
});

test(`${COUNT} histories of ${CALLS} calls by ${CLIENTS} clients each have an order that explains them`, () => {
  assert.equal(histories.length, COUNT);
  assert.equal(violations.slice(0, SHOWN_MAX).join("\n\n"), "");
});

test("the histories leave no browser", () => {
  assert.ok(tally.browsers.given > 0);
  assert.equal(tally.browsers.left, 0);
});

test("the histories contain creates with a known order in the queue", () => {
  assert.ok(tally.inLine > 0, "no pair of creates waited in a known order, so their order was not checked");
});

test("the clients' calls overlap", () => {
  const share = tally.overlapping / tally.calls;
  assert.ok(share > 0.1, `${share} of all calls overlapped another one about the same session`);
  for (const reason of ["user_requested", "timeout", "startup_failed"]) assert.ok(tally.ends[reason] > 0, reason);
});

describe("an altered history is refused if", () => {
  for (const [name, alter] of /** @type {const} */ ([
    ["an ended session is live again", showOldAgain],
    ["a session has two ends", endTwice],
    ["a change is lost", loseChange],
    ["a list misses a live session", hideFromList],
    ["an answer shows another session", exchangeIds],
  ])) {
    test(name, () => {
      const altered = histories.map((history) => alterOne(history, alter)).find(Boolean);
      assert.ok(altered, "no history has an answer that can be altered in this way");
      assert.notDeepEqual(check(altered).violations, []);
    });
  }
});

/**
 * The history with one altered answer; undefined if `alter` finds no answer to alter.
 *
 * @param {History} history
 * @param {(calls: Call[]) => unknown} alter
 */
function alterOne(history, alter) {
  const calls = structuredClone(history.calls);
  return alter(calls) ? { ...history, calls } : undefined;
}

/**
 * The calls of one kind that were answered with a 200.
 *
 * @template {Call["what"]} What
 * @param {Call[]} calls
 * @param {What} what
 */
function answered(calls, what) {
  const found = calls.filter((call) => call.what === what && call.answer?.status === 200);
  return /** @type {Succeeded<What>[]} */ (found);
}

/** @type {(call: Call, id: string, isIt: (session: SessionView) => boolean) => boolean} */
const shows = (call, id, isIt) => sessionsIn(call.answer?.body).some((session) => session.id === id && isIt(session));
const isLive = (/** @type {SessionView} */ { status }) => status === "live";
const isOver = (/** @type {SessionView} */ session) => !isLive(session);

/**
 * The session in the answer to a get or a change.
 *
 * @param {Succeeded<"get" | "change">} call
 */
const shownBy = ({ answer }) => sessionsIn(answer.body)[0];

/** @param {Call[]} calls */
function showOldAgain(calls) {
  for (const get of answered(calls, "get")) {
    const { id, config } = shownBy(get);
    const wasOver = calls.some((call) => call.ended < get.begun && shows(call, id, isOver));
    const sessions = calls.flatMap(({ answer }) => sessionsIn(answer?.body));
    const old = sessions.find((session) => session.id === id && isLive(session));
    if (!wasOver || !old) continue;
    get.answer.body = { ...old, config };
    return get.answer.body;
  }
  return undefined;
}

/** @param {Call[]} calls */
function endTwice(calls) {
  return answered(calls, "get").find((get) => {
    const session = shownBy(get);
    const { id, endedAt, status } = session;
    const isShownTwice = calls.some((call) => call.answer && call.what !== "get" && shows(call, id, isOver));
    if (status === "live" || !endedAt || !isShownTwice) return false;
    session.endedAt = new Date(Date.parse(endedAt) + 1).toISOString();
    return true;
  });
}

/** @param {Call[]} calls */
function loseChange(calls) {
  for (const change of answered(calls, "change").filter(({ request }) => request.values.metadata)) {
    const { id, metadata } = shownBy(change);
    const isNew = (/** @type {SessionView} */ session) => JSON.stringify(session.metadata) === JSON.stringify(metadata);
    const later = answered(calls, "get").find((call) => call.begun > change.ended && shows(call, id, isNew));
    if (!later) continue;
    shownBy(later).metadata = { n: "lost" };
    return later;
  }
  return undefined;
}

/** @param {Call[]} calls */
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

/** @param {Call[]} calls */
function exchangeIds(calls) {
  const [one, other] = answered(calls, "get");
  if (!other || one.answer.body.id === other.answer.body.id) return undefined;
  [one.answer.body, other.answer.body] = [other.answer.body, one.answer.body];
  return [one.answer.body, other.answer.body];
}
