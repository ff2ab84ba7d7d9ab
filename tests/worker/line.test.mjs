// The queue for a slot: waiting creates are served in order of arrival, and clients may hang up.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { afterEach, describe, test } from "node:test";

import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService } from "../support/service.mjs";
import { until, within } from "../support/waits.mjs";
import { answers, gate } from "../browser_run/faults.mjs";

/**
 * @import { HeaderValues } from "../support/http.mjs"
 * @import { Project } from "../support/project.mjs"
 * @import { Service } from "../support/service.mjs"
 */

const service = await openService({ vars: { LIVE_SESSIONS_MAX: "1" } });
const { provider } = service;
const WAIT = { wait: 30_000 };

afterEach(async () => {
  provider.usual();
  await until("no browser is left", () => provider.running().length === 0);
});

/**
 * A create that waits: settled once it is stored, with the promise of its answer.
 *
 * @param {Project<Service>} project
 * @param {object} [body]
 * @param {HeaderValues} [headers]
 */
async function queue(project, body = {}, headers) {
  const sessionId = randomUUID();
  const answer = project.create({ ...WAIT, sessionId, ...body }, headers);
  await inLine(project, sessionId);
  return { id: sessionId, answer };
}

/**
 * A session that waits is known, and in no list: a repeated create of another body finds it.
 *
 * @param {Project} project
 * @param {string} sessionId
 */
function inLine(project, sessionId) {
  return until("it stands in line", async () => {
    const { status } = await project.create({ sessionId, owner: "somebody else" });
    assert.ok(status === 422 || status === 429, `it waits, or is about to: ${status}`);
    return status === 422;
  });
}

/**
 * A create over a socket of its own, so that it can be cut off.
 *
 * @param {Project<Service>} project
 * @param {unknown} body
 */
function createOver(project, body) {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  const text = JSON.stringify(body);
  const head = [
    "POST /v1/sessions HTTP/1.1",
    `host: ${hostname}`,
    `authorization: Bearer ${project.key}`,
    "content-type: application/json",
    `content-length: ${text.length}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n${text}`);
  return socket;
}

describe("creates that wait", () => {
  test("are served in order of arrival as slots become free", async () => {
    const project = service.newProject();
    let holder = await project.live();
    const line = [];
    for (let n = 0; n < 3; n += 1) line.push(await queue(project));
    for (const { id, answer } of line) {
      assert.equal((await project.list("?status=live")).body.totalCount, 1, "never more than the limit");
      await project.release(holder.id);
      holder = expectStatus(await within("its turn", answer), 201).body;
      assert.equal(holder.id, id);
    }
    await project.release(holder.id);
  });

  test("get a 429 with the holders when their wait is over, and leave nothing behind", async () => {
    const project = service.newProject();
    const holder = await project.live({ owner: "a" });
    const body = { wait: 300, sessionId: randomUUID() };
    const began = Date.now();
    const answer = await project.create(body, { "idempotency-key": "k" });
    const problem = expectProblem(answer, 429, "limit_reached");
    assert.ok(Date.now() - began >= 300);
    assert.deepEqual(
      problem.holders.map(({ id, owner }) => [id, owner]),
      [[holder.id, "a"]],
    );
    assert.ok(Number(answer.headers.get("retry-after")) >= 1);
    expectProblem(await project.get(body.sessionId), 404, "session_not_found");
    await project.release(holder.id);
    const session = expectStatus(await project.create(body, { "idempotency-key": "k" }), 201).body;
    await project.release(session.id);
  });

  test("answer 409 when they are released, alone or with all others", async () => {
    const project = service.newProject();
    const holder = await project.live();
    const [one, other] = [await queue(project), await queue(project)];
    const { session } = expectStatus(await project.release(one.id), 200).body;
    assert.equal(session.releaseReason, "user_requested");
    expectProblem(await one.answer, 409, "released_while_starting");
    const { results } = expectStatus(await project.releaseAll(), 200).body;
    assert.deepEqual(results.map((/** @type {{id: string}} */ { id }) => id).sort(), [holder.id, other.id].sort());
    expectProblem(await other.answer, 409, "released_while_starting");
    assert.equal(provider.running().length, 0);
  });

  test("can be repeated while they wait, and all callers get the same session", async () => {
    const project = service.newProject();
    const holder = await project.live();
    const first = await queue(project);
    const again = project.create({ ...WAIT, sessionId: first.id });
    const asked = project.get(first.id);
    await project.release(holder.id);
    expectStatus(await first.answer, 201);
    for (const answer of [await again, await asked]) assert.equal(expectStatus(answer, 200).body.id, first.id);
    await project.release(first.id);
  });

  test("are served once each, fifty for one slot", async () => {
    const project = service.newProject();
    const acquired = provider.made("acquire").length;
    const served = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const session = expectStatus(await project.create({ wait: 60_000 }), 201).body;
        assert.equal((await project.list("?status=live")).body.totalCount, 1);
        expectStatus(await project.release(session.id), 200);
        return session.id;
      }),
    );
    assert.equal(new Set(served).size, 50);
    assert.equal(provider.made("acquire").length, acquired + 50);
  });
});

describe("a client that hangs up", () => {
  /** @param {Project<Service>} project */
  const ended = (project) =>
    until("its session has ended", async () => {
      const { sessions } = (await project.list("?status=released&owner=gone")).body;
      return sessions[0];
    });

  test("leaves the queue, and the next create is served", async () => {
    const project = service.newProject();
    const holder = await project.live();
    const next = async () => (await queue(project)).answer;
    const socket = createOver(project, { ...WAIT, owner: "gone" });
    const behind = next();
    // It is in line once a dry run of a release sees it.
    await until(
      "it waits",
      async () => (await project.releaseAll("?owner=gone&dryRun=true")).body.results.length === 1,
    );
    socket.resetAndDestroy();
    const session = await ended(project);
    assert.equal(session.releaseReason, "client_disconnected");
    assert.equal(session.creditsUsed, 0);
    await project.release(holder.id);
    const served = expectStatus(await behind, 201).body;
    await project.release(served.id);
  });

  test("while its browser starts has that browser closed", async () => {
    const project = service.newProject();
    const held = gate();
    provider.next("acquire", held.reaction);
    const socket = createOver(project, { owner: "gone" });
    await held.arrived;
    socket.resetAndDestroy();
    assert.equal((await ended(project)).releaseReason, "client_disconnected");
    held.open();
    await until("its browser is closed", () => provider.made("close", provider.newest()).length === 1);
    await project.release((await project.live()).id);
  });

  test("and repeats its create by id finds its session", async () => {
    const project = service.newProject();
    const holder = await project.live();
    const body = { ...WAIT, sessionId: randomUUID() };
    const socket = createOver(project, body);
    await inLine(project, body.sessionId);
    socket.resetAndDestroy();
    await project.release(holder.id);
    const session = expectStatus(await project.create(body), 200).body;
    assert.equal(session.id, body.sessionId);
    assert.equal(session.status, "live");
    await project.release(session.id);
  });
});

describe("a provider that refuses browsers for a while", () => {
  const soon = answers(429, { headers: { "retry-after": "1" } });

  test("keeps creates in the queue until it gives browsers", async () => {
    const project = service.newProject();
    provider.next("acquire", soon, soon);
    const acquired = provider.made("acquire").length;
    const session = expectStatus(await project.create(WAIT), 201).body;
    const times = provider
      .made("acquire")
      .slice(acquired)
      .map(({ at }) => at);
    assert.equal(times.length, 3);
    for (const n of [1, 2]) assert.ok(times[n] - times[n - 1] >= 1000, `left alone for a second: ${times}`);
    await project.release(session.id);
  });

  test("is not called for creates without a wait", async () => {
    const project = service.newProject();
    provider.next("acquire", answers(429, { headers: { "retry-after": "30" } }));
    expectProblem(await project.create(), 429, "provider_rate_limited");
    const acquired = provider.made("acquire").length;
    const answer = await project.create();
    expectProblem(answer, 429, "provider_rate_limited");
    const seconds = Number(answer.headers.get("retry-after"));
    assert.ok(seconds >= 28 && seconds <= 30, `as long as it said: ${seconds}`);
    expectProblem(await project.create({ wait: 200 }), 429, "provider_rate_limited");
    assert.equal(provider.made("acquire").length, acquired);
  });
});
