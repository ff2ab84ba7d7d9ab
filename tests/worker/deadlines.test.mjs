// Deadlines are kept: to the moment, by hundreds, after a restart, and without the alarm that was to keep them.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { answers, gate, hangs } from "../browser_run/faults.mjs";
import { makeFolder } from "../support/folder.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService, refusedUpgrade } from "../support/service.mjs";
import { alarms, loseAlarms } from "../support/stored_state.mjs";
import { travel } from "../support/time_travel.mjs";
import { until } from "../support/waits.mjs";

/**
 * @import { SessionData } from "../../src/client/types.ts"
 * @import { HeaderValues } from "../support/http.mjs"
 * @import { Project } from "../support/project.mjs"
 * @import { Service } from "../support/service.mjs"
 */

// Events outlive their session's row.
const EVENTS_REMOVED_MS = 25 * 3_600_000;
const LATE_MS_MAX = 500;
const MANY = 100;
const vars = { LIVE_SESSIONS_MAX: String(MANY + 10) };

/** @param {string} [time] */
const at = (time = "") => Date.parse(time);

/**
 * A session and its browser.
 *
 * @param {Project<Service>} project
 * @param {unknown} [body]
 * @param {HeaderValues} [headers]
 */
async function open(project, body, headers) {
  const session = await project.live(body, headers);
  return { ...session, browser: project.service.provider.newest() };
}

/** @param {SessionData} session */
function checkTimedOut(session) {
  assert.equal(session.status, "released");
  assert.equal(session.releaseReason, "timeout");
  assert.ok(at(session.endedAt) >= at(session.expiresAt), "never early");
}

/** @param {SessionData} session */
function checkPunctual(session) {
  checkTimedOut(session);
  const late = at(session.endedAt) - at(session.expiresAt);
  assert.ok(late <= LATE_MS_MAX, `${late} ms late`);
}

/** @param {number} time */
const passed = (time) => until(`${new Date(time).toISOString()} is past`, () => Date.now() > time);

describe("a session", { concurrency: true }, () => {
  test("ends on time and never early, and its browser is closed", async (t) => {
    const service = await openService({ vars }, t);
    const project = service.newProject();
    const sessions = [];
    for (const timeout of [1000, 1001, 1337, 2000]) sessions.push(await open(project, { timeout }));
    // Nobody asks meanwhile: what ends them is the alarm alone.
    await until("all browsers are closed", () => service.provider.running().length === 0);
    for (const { id, browser } of sessions) {
      checkPunctual(await project.ended(id));
      assert.equal(service.provider.made("close", browser).length, 1);
    }
    expectProblem(await refusedUpgrade(sessions[0].websocketUrl), 410, "session_gone");
    expectProblem(await project.change(sessions[0].id, { timeout: 60_000 }), 409, "session_ended");
    const { session } = expectStatus(await project.release(sessions[0].id), 200).body;
    assert.equal(session.releaseReason, "timeout", "ended is final");
    assert.equal((await project.list("?status=live")).body.totalCount, 0);
  });

  test("ends on time among a hundred sessions that are due at once", async (t) => {
    const service = await openService({ vars }, t);
    const project = service.newProject();
    const sessions = await Promise.all(Array.from({ length: MANY }, () => project.live()));
    const due = Date.now() + 5000;
    /** @param {{id: string, createdAt: string}} options */
    const change = ({ id, createdAt }) => project.change(id, { timeout: due - at(createdAt) });
    for (const answer of await Promise.all(sessions.map(change)))
      assert.equal(at(expectStatus(answer, 200).body.expiresAt), due);
    assert.ok(Date.now() < due, "this machine is fast enough for the test to mean something");
    await until("all browsers are closed", () => service.provider.running().length === 0);
    for (const { id } of sessions) checkPunctual(await project.session(id));
    assert.equal(service.provider.made("close").length, MANY, "each is closed once");
    const { body } = await project.list("?status=released&limit=100");
    assert.deepEqual([body.totalCount, body.sessions.length], [MANY, MANY]);
  });

  test("that is extended ends at its new deadline", async (t) => {
    const service = await openService({ vars }, t);
    const project = service.newProject();
    const { id, expiresAt, browser } = await open(project, { timeout: 1500 });
    const { body } = expectStatus(await project.change(id, { timeout: 4000 }), 200);
    assert.equal(at(body.expiresAt), at(expiresAt) + 2500);
    await passed(at(expiresAt) + LATE_MS_MAX);
    assert.equal((await project.session(id)).status, "live");
    await until("its browser is closed", () => !browser.alive);
    checkPunctual(await project.ended(id));
  });

  test("that is shortened ends earlier, or at once if the new deadline has passed", async (t) => {
    const service = await openService({ vars }, t);
    const project = service.newProject();
    const [soon, now] = [await open(project, { timeout: 600_000 }), await open(project, { timeout: 600_000 })];
    const inASecond = Date.now() - at(soon.createdAt) + 1000;
    expectStatus(await project.change(soon.id, { timeout: inASecond }), 200);
    await until("its browser is closed", () => !soon.browser.alive);
    checkPunctual(await project.ended(soon.id));

    await passed(at(now.createdAt) + 1000);
    const { body } = expectStatus(await project.change(now.id, { timeout: 1000 }), 200);
    checkTimedOut(body);
    checkTimedOut(await project.ended(now.id));
    assert.equal(now.browser.alive, false);
  });

  test("ends on time although the provider fails every close", async (t) => {
    const service = await openService({ vars }, t);
    const project = service.newProject();
    service.provider.always("close", answers(500));
    const { id, expiresAt } = await open(project, { timeout: 1000 });
    await passed(at(expiresAt) + LATE_MS_MAX);
    const session = await project.session(id);
    checkPunctual(session);
    assert.equal(session.closing, true);
    service.provider.usual();
    await project.ended(id);
  });

  test("ends on time although the provider never answers a list", async (t) => {
    const service = await openService({ vars }, t);
    service.provider.always("list", hangs);
    const project = service.newProject();
    const session = await open(project, { timeout: 3000 });
    await until("the list was asked for", () => service.provider.made("list").length > 0);
    // Nobody asks meanwhile: a check that goes on must not take the alarm with it.
    await until("its browser is closed", () => service.provider.running().length === 0);
    checkPunctual(await project.ended(session.id));
  });

  test("that is purged frees its id, and its project has no alarm", async (t) => {
    const persist = makeFolder();
    const service = await openService({ persist, vars: { ...vars, RETENTION_DAYS: "0" } }, t);
    const project = service.newProject();
    const body = { sessionId: randomUUID(), owner: "a", metadata: { a: "1" } };
    await project.live(body);
    await project.release(body.sessionId);
    await until("it is purged", async () => (await project.get(body.sessionId)).status === 404);
    for (const query of ["", "?owner=a", "?metadata[a]=1"]) {
      assert.deepEqual((await project.list(query)).body, { sessions: [], nextCursor: null, totalCount: 0 });
    }
    assert.equal(alarms(persist).length, 1, "its events are kept for a day, and an hour more");
    await travel(service, EVENTS_REMOVED_MS);
    await until("no alarm is set", () => alarms(persist).length === 0);
    const { status } = await project.live({ ...body, owner: "b" });
    assert.equal(status, "live");
    await project.releaseAll();
  });
});

describe("after a restart", { concurrency: true }, () => {
  test("due sessions end, starting sessions have failed, and live sessions stay live", async (t) => {
    const service = await openService({ vars, persist: makeFolder() }, t);
    const { provider } = service;
    const project = service.newProject();
    const kept = { "idempotency-key": "kept" };
    const living = await open(project, { timeout: 600_000 }, kept);
    const overdue = await open(project, { timeout: 2000 });
    const closing = await open(project);
    provider.always("close", answers(500), closing.browser);
    assert.equal((await project.release(closing.id)).body.session.closing, true);
    const starting = { sessionId: randomUUID() };
    const interrupted = { "idempotency-key": "interrupted" };
    const held = gate(hangs);
    provider.always("acquire", held.reaction);
    const cutOff = [project.create(starting), project.create({}, interrupted)].map((create) => create.catch(() => {}));
    await until("both are starting", () => provider.made("acquire").length === 5);

    await service.stop();
    await Promise.all(cutOff);
    await passed(at(overdue.expiresAt));
    assert.equal(overdue.browser.alive, true, "no service was running to close it");
    provider.usual();
    await service.open();

    // The alarm that was missed comes by itself, before anybody asks.
    await until("the overdue browser is closed", () => !overdue.browser.alive);
    await until("the close that had failed is made again", () => !closing.browser.alive);
    checkTimedOut(await project.ended(overdue.id));
    assert.equal((await project.ended(closing.id)).releaseReason, "user_requested");

    expectProblem(await project.create(starting), 503, "start_interrupted");
    const failed = await project.session(starting.sessionId);
    assert.equal(failed.status, "failed");
    assert.equal(failed.releaseReason, "startup_failed");
    assert.equal(failed.failure?.code, "start_interrupted");
    const anew = expectStatus(await project.create({}, interrupted), 201).body;

    const same = expectStatus(await project.create({ timeout: 600_000 }, kept), 200).body;
    assert.equal(same.id, living.id);
    assert.equal(same.status, "live");
    assert.equal(same.createdAt, living.createdAt);
    assert.equal(new URL(same.websocketUrl).search, new URL(living.websocketUrl).search, "its URL is still right");
    expectProblem(await project.create({ timeout: 600_001 }, kept), 422, "idempotency_mismatch");
    assert.equal(living.browser.alive, true);

    assert.equal((await project.list()).body.totalCount, 6);
    const released = expectStatus(await project.releaseAll(), 200).body.results.map(
      (/** @type {{id: string}} */ { id }) => id,
    );
    assert.deepEqual(released.sort(), [living.id, anew.id].sort());
    assert.deepEqual(provider.running(), []);
  });

  test("cron ends the sessions of a lost alarm", async (t) => {
    const persist = makeFolder();
    const service = await openService({ vars, persist }, t);
    const [one, other] = [service.newProject(), service.newProject()];
    const overdue = [await open(one, { timeout: 1500 }), await open(other, { timeout: 1500 })];
    const living = await open(one, { timeout: 600_000 });
    await service.stop();
    loseAlarms(persist);
    await passed(Math.max(...overdue.map(({ expiresAt }) => at(expiresAt))));
    await service.open();
    assert.equal((await service.cron()).outcome, "ok");
    await until("they are closed", () => overdue.every(({ browser }) => !browser.alive));
    checkTimedOut(await one.ended(overdue[0].id));
    checkTimedOut(await other.ended(overdue[1].id));
    assert.equal((await one.session(living.id)).status, "live");
    assert.ok(alarms(persist).length > 0, "the alarm is set again");
    await one.releaseAll();
  });

  test("the next call restores a lost alarm", async (t) => {
    const persist = makeFolder();
    const service = await openService({ vars, persist }, t);
    const project = service.newProject();
    const { browser, id } = await open(project, { timeout: 3000 });
    await service.stop();
    loseAlarms(persist);
    await service.open();
    expectStatus(await project.list(), 200);
    await until("it is closed", () => !browser.alive);
    checkTimedOut(await project.ended(id));
  });
});

describe("the directory", () => {
  test("lists a project while it has live sessions or open closes", async (t) => {
    const service = await openService({ vars }, t);
    const { provider } = service;
    const project = service.newProject();
    const idle = service.newProject();
    const sweep = async () => {
      assert.equal((await service.cron()).outcome, "ok");
      return service.directory();
    };
    await idle.list();
    assert.deepEqual(await sweep(), [], "asking makes no project");

    const held = gate();
    provider.next("acquire", held.reaction);
    const sessionId = randomUUID();
    const created = project.create({ sessionId });
    await held.arrived;
    assert.deepEqual(await sweep(), [project.name], "while a session starts");
    held.open();
    await created;
    assert.deepEqual(await sweep(), [project.name], "while one lives");

    provider.always("close", answers(500));
    await project.release(sessionId);
    assert.deepEqual(await sweep(), [project.name], "while one closes");
    provider.usual();
    await project.ended(sessionId);
    assert.deepEqual(await sweep(), [], "and no longer");

    await project.live();
    assert.deepEqual(await service.directory(), [project.name], "until it comes back");
    await project.releaseAll();
    await until("it has left", async () => (await sweep()).length === 0);
  });
});
