// Concurrent operations: one of them wins, the answer shows which, and nothing leaks.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { gate } from "../browser_run/faults.mjs";
import { makeFolder } from "../support/folder.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService } from "../support/service.mjs";
import { travel } from "../support/time_travel.mjs";
import { until } from "../support/waits.mjs";

/**
 * @import { Answer } from "../support/http.mjs"
 * @import { Project } from "../support/project.mjs"
 * @import { Service } from "../support/service.mjs"
 */

const MANY = 20;
const vars = { LIVE_SESSIONS_MAX: String(MANY) };

/** @param {string | undefined} time */
/** @param {string} [time] */
const at = (time = "") => Date.parse(time);

/**
 * Sessions that are due one after the other, and a call about each, made as close to its deadline as can be.
 *
 * @param {Project<Service>} project
 * @param {(id: string) => Promise<Answer>} call
 */
async function atTheirDeadlines(project, call) {
  const sessions = await Promise.all(Array.from({ length: MANY }, () => project.live({ timeout: 60_000 })));
  const first = Date.now() + 1500;
  return Promise.all(
    sessions.map(async ({ id, createdAt }, n) => {
      const due = first + 20 * n;
      expectStatus(await project.change(id, { timeout: due - at(createdAt) }), 200);
      // From just before it to just after it.
      await pause(due - Date.now() - 4 + (n % 9));
      return { id, due, answer: await call(id) };
    }),
  );
}

describe("concurrent operations", { concurrency: true }, () => {
  test("extend or time out a session, and the answer shows which", async (t) => {
    const service = await openService({ vars }, t);
    const project = service.newProject();
    for (const { id, due, answer } of await atTheirDeadlines(project, (/** @type {string} */ id) =>
      project.change(id, { timeout: 120_000 }),
    )) {
      const session = await project.session(id);
      if (answer.status === 200) {
        assert.equal(session.status, "live", "an extend that is acknowledged counts");
        assert.equal(session.timeout, 120_000);
      } else {
        expectProblem(answer, 409, "session_ended");
        assert.deepEqual([session.status, session.releaseReason], ["released", "timeout"]);
        assert.ok(at(session.endedAt) >= due);
      }
    }
    await project.releaseAll();
    await until("no browser is left", () => service.provider.running().length === 0);
  });

  test("release or time out a session, and close its browser once", async (t) => {
    const service = await openService({ vars }, t);
    const project = service.newProject();
    for (const { id, answer } of await atTheirDeadlines(project, (/** @type {string} */ id) => project.release(id))) {
      const told = expectStatus(answer, 200).body.session;
      assert.ok(["user_requested", "timeout"].includes(told.releaseReason), told.releaseReason);
      const session = await project.ended(id);
      assert.deepEqual([session.releaseReason, session.endedAt], [told.releaseReason, told.endedAt], "ended is final");
    }
    assert.equal(service.provider.made("close").length, MANY);
  });

  test("keep a project in the directory if a create arrives during its removal", async (t) => {
    const service = await openService({ vars }, t);
    for (let round = 0; round < 10; round += 1) {
      const project = service.newProject();
      await project.release((await project.live()).id);
      // Nothing is left to watch: this sweep takes it off, and the create takes it in.
      const [, created] = await Promise.all([service.cron(), project.create()]);
      const { id } = expectStatus(created, 201).body;
      await service.cron();
      assert.ok((await service.directory()).includes(project.name), `round ${round}`);
      await project.release(id);
    }
  });

  test("make one session and one browser of a create repeated during its start", async (t) => {
    const service = await openService({ vars }, t);
    const project = service.newProject();
    const held = gate();
    service.provider.next("acquire", held.reaction);
    const headers = { "idempotency-key": randomUUID() };
    const first = project.create({}, headers);
    await held.arrived;
    const others = Array.from({ length: 5 }, () => project.create({}, headers));
    held.open();
    const { id } = expectStatus(await first, 201).body;
    for (const answer of await Promise.all(others)) assert.equal(expectStatus(answer, 200).body.id, id);
    assert.equal(service.provider.browsers.size, 1);
    await project.release(id);
  });
});

test("fail a start whose browser dies before it is stored, and leave nothing", async (t) => {
  const service = await openService({ vars }, t);
  const { provider } = service;
  const project = service.newProject();
  provider.next("acquire", ({ usual }) => {
    const answer = usual();
    provider.kill(provider.newest());
    return answer;
  });
  const sessionId = randomUUID();
  expectProblem(await project.create({ sessionId, dimensions: { width: 800, height: 600 } }), 502, "provider_error");
  const session = await project.ended(sessionId);
  assert.deepEqual([session.status, session.releaseReason], ["failed", "startup_failed"]);
  assert.equal((await project.list("?status=live")).body.totalCount, 0);
});

test("find the ended session of a reused key, and start no browser", async (t) => {
  const service = await openService({ vars }, t);
  const project = service.newProject();
  const headers = { "idempotency-key": randomUUID() };
  const { id } = await project.live({}, headers);
  await project.release(id);
  const again = expectStatus(await project.create({}, headers), 200).body;
  assert.deepEqual([again.id, again.status], [id, "released"]);
  assert.equal(service.provider.browsers.size, 1);
});

test("carry out a past alarm after a restart", async (t) => {
  const service = await openService({ vars, persist: makeFolder() }, t);
  const project = service.newProject();
  const { id } = await project.live({ timeout: 60_000 });
  const browser = service.provider.newest();
  await travel(service, 3_600_000);
  // Nobody asks: workerd finds the alarm that it has missed.
  await until("its browser is closed", () => !browser.alive);
  const session = await project.ended(id);
  assert.equal(session.releaseReason, "timeout");
});

describe("an object of another version", async () => {
  const service = await openService({ vars });
  const project = service.newProject();

  /** A call to the project's fleet, as a Worker of another version would make it. */
  async function ask(/** @type {object} */ call, more = {}) {
    const namespace = await service.objects("FLEET");
    const stub = namespace.get(namespace.idFromName(`${project.name}:0`));
    const context = { project: project.name, base_url: "http://h", request_id: randomUUID(), ...more };
    const envelope = { context, call, ...more };
    const answer = await stub.fetch("http://object/", { method: "POST", body: JSON.stringify(envelope) });
    return { status: answer.status, body: await answer.json() };
  }

  test("ignores fields that it does not know", async () => {
    const { id } = await project.live();
    const { status, body } = await ask({ get: { session: id, later: 1 } }, { later: { a: [1] } });
    assert.deepEqual([status, body.id, body.status], [200, id, "live"]);
    await project.release(id);
  });

  test("accepts a call without the newer fields, and ignores added fields", async () => {
    const config = {};
    const options = { timeout: 60_000 };
    const { status, body } = await ask({ create: { request: { options, config, fingerprint: "f", later: 1 } } });
    const { session, is_new: isNew } = body;
    assert.deepEqual([status, isNew, session.status, session.timeout], [200, true, "live", 60_000]);
    await project.release(session.id);
  });

  test("refuses an unknown call and goes on", async () => {
    const { status, body } = await ask({ later: { a: 1 } });
    assert.deepEqual([status, body.code], [409, "internal"]);
    await project.release((await project.live()).id);
  });
});
