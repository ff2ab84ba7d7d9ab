// What docs/api.md promises of creates, idempotency and the limit, on a provider where all goes well.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { afterEach, describe, test } from "node:test";

import { gate } from "../browser_run/faults.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService } from "../support/service.mjs";
import { checkSession } from "./session_view.mjs";

/** @import { SessionData, SlotHolder } from "../../src/client/types.ts" */

const LIVE_SESSIONS_MAX = 6;
const service = await openService({ vars: { LIVE_SESSIONS_MAX: String(LIVE_SESSIONS_MAX) } });
const { provider } = service;

afterEach(() => provider.usual());

describe("create", () => {
  test("answers 201 with a live session and its address", async () => {
    const project = service.newProject();
    const before = Date.now();
    const answer = expectStatus(await project.create({ timeout: 120_000 }), 201);
    const { body: session } = answer;
    checkSession(session, service);
    assert.equal(session.status, "live");
    assert.equal(session.timeout, 120_000);
    assert.ok(Date.parse(session.createdAt) >= before - 1);
    assert.deepEqual(session.config, { timeout: 120_000 });
    assert.equal(session.provider, "browser-run");
    assert.equal(session.headless, true);
    assert.equal(session.isSelenium, false);
    assert.equal(session.id[14], "7", "an id that is made here is of version 7");
    assert.equal(answer.headers.get("location"), `/v1/sessions/${session.id}`);
    const { body: read } = await project.call("GET", `${answer.headers.get("location")}`);
    checkSession(read, service);
    // What goes on by itself while a session lives.
    const still = (/** @type {SessionData} */ view) => ({ ...view, duration: 0, creditsUsed: 0, verifiedAt: "" });
    assert.deepEqual(still(read), still(session));
    await project.releaseAll();
  });

  test("treats no body, an empty body and {} alike", async () => {
    const project = service.newProject();
    for (const body of [undefined, "", "  \n", {}]) {
      const session = await project.live(body);
      assert.equal(session.timeout, 300_000, "the default");
      assert.deepEqual(session.metadata, {});
      assert.equal("owner" in session, false);
    }
    await project.releaseAll();
  });

  test("stores the requested owner, metadata, adapter, size and id", async () => {
    const project = service.newProject();
    const body = {
      sessionId: randomUUID(),
      adapter: "playwright",
      owner: "crawler-7",
      metadata: { run: "12", empty: "" },
      dimensions: { width: 1280, height: 720 },
      headless: true,
    };
    const session = await project.live(body);
    checkSession(session, service);
    assert.equal(session.id, body.sessionId);
    assert.equal(session.owner, body.owner);
    assert.deepEqual(session.metadata, body.metadata);
    assert.deepEqual(session.dimensions, body.dimensions);
    assert.deepEqual(session.config, body);
    assert.deepEqual(provider.newest().window, body.dimensions, "the window has that size");
    await project.releaseAll();
  });

  test("ignores the case of an id that the caller chose", async () => {
    const project = service.newProject();
    const sessionId = randomUUID();
    const session = await project.live({ sessionId: sessionId.toUpperCase() });
    assert.equal(session.id, sessionId);
    expectStatus(await project.get(sessionId.toUpperCase()), 200);
    await project.releaseAll();
  });

  test("requests the provider's keep-alive for the session's time and no longer", async () => {
    const project = service.newProject();
    for (const [timeout, keepAlive] of [
      [1000, 60_000],
      [300_000, 330_000],
      [3_600_000, 600_000],
    ]) {
      await project.live({ timeout });
      assert.equal(provider.made("acquire").at(-1)?.keepAlive, keepAlive);
      await project.releaseAll();
    }
  });

  test("answers with the window's real size if none was requested", async () => {
    const project = service.newProject();
    const { dimensions } = await project.live();
    assert.deepEqual(dimensions, provider.newest().window);
    await project.releaseAll();
  });
});

describe("idempotency", () => {
  for (const [name, same] of /** @type {const} */ ([
    [
      "Idempotency-Key",
      () => ({ body: { owner: "a", metadata: { a: "1", b: "2" } }, headers: { "idempotency-key": randomUUID() } }),
    ],
    ["sessionId", () => ({ body: { owner: "a", sessionId: randomUUID() }, headers: {} })],
  ])) {
    test(`the same ${name} with the same body leads to the same session, live or ended`, async () => {
      const project = service.newProject();
      const { body, headers } = same();
      const first = expectStatus(await project.create(body, headers), 201).body;
      const again = expectStatus(await project.create(body, headers), 200).body;
      assert.equal(again.id, first.id);
      assert.equal(again.websocketUrl, first.websocketUrl);
      const acquired = provider.made("acquire").length;
      await project.release(first.id);
      const ended = expectStatus(await project.create(body, headers), 200).body;
      assert.equal(ended.id, first.id);
      assert.equal(ended.status, "released");
      assert.equal(provider.made("acquire").length, acquired, "no second browser");
    });

    test(`the same ${name} with another body is refused`, async () => {
      const project = service.newProject();
      const { body, headers } = same();
      await project.live(body, headers);
      const acquired = provider.made("acquire").length;
      expectProblem(await project.create({ ...body, owner: "b" }, headers), 422, "idempotency_mismatch");
      assert.equal(provider.made("acquire").length, acquired);
      await project.releaseAll();
    });

    test(`the same ${name} five times at once starts one browser for all callers`, async () => {
      const project = service.newProject();
      const { body, headers } = same();
      const acquired = provider.made("acquire").length;
      const held = gate();
      provider.next("acquire", held.reaction);
      const creates = Array.from({ length: 5 }, () => project.create(body, headers));
      await held.arrived;
      held.open();
      const made = await Promise.all(creates);
      assert.deepEqual(made.map(({ status }) => status).sort(), [200, 200, 200, 200, 201]);
      assert.equal(new Set(made.map(({ body }) => body.id)).size, 1);
      assert.equal(provider.made("acquire").length, acquired + 1);
      await project.releaseAll();
    });
  }

  test("the order of fields and white space do not change a body", async () => {
    const project = service.newProject();
    const headers = { "idempotency-key": "order" };
    const first = await project.live('{"owner":"a","metadata":{"x":"1","y":"2"}}', headers);
    const again = await project.create('{ "metadata" : {"y":"2","x":"1"}, "owner":"a" }', headers);
    assert.equal(expectStatus(again, 200).body.id, first.id);
    await project.releaseAll();
  });

  test("the same key in another project is independent", async () => {
    const [one, other] = [service.newProject(), service.newProject()];
    const headers = { "idempotency-key": "shared" };
    const sessionId = randomUUID();
    const body = { sessionId };
    await one.live(body, headers);
    await other.live(body, headers);
    await one.release(sessionId);
    assert.equal((await other.session(sessionId)).status, "live", "two sessions of one id, each in its project");
    await other.releaseAll();
  });

  test("a second key for the same sessionId leads to the same session", async () => {
    const project = service.newProject();
    const body = { sessionId: randomUUID() };
    await project.live(body, { "idempotency-key": "one" });
    expectStatus(await project.create(body, { "idempotency-key": "two" }), 200);
    expectProblem(await project.create({}, { "idempotency-key": "two" }), 422, "idempotency_mismatch");
    await project.releaseAll();
  });
});

describe("the limit", () => {
  test("holds for parallel creates, and a 429 names the holders and a time to retry", async () => {
    const project = service.newProject();
    const asked = Array.from({ length: LIVE_SESSIONS_MAX + 4 }, (_, n) =>
      project.create({ owner: `o${n}`, timeout: 20_000 }),
    );
    const made = await Promise.all(asked);
    const live = made.filter(({ status }) => status === 201).map(({ body }) => body);
    assert.equal(live.length, LIVE_SESSIONS_MAX);
    for (const answer of made.filter(({ status }) => status !== 201)) expectProblem(answer, 429, "limit_reached");

    const answer = await project.create();
    const { holders } = expectProblem(answer, 429, "limit_reached");
    const seconds = Number(answer.headers.get("retry-after"));
    assert.ok(
      Number.isInteger(seconds) && seconds >= 1 && seconds <= 20,
      "the first slot is free in 20 s at the latest",
    );
    const byId = (/** @type {SlotHolder} */ a, /** @type {SlotHolder} */ b) => (a.id < b.id ? -1 : 1);
    assert.deepEqual(holders.sort(byId), live.map(({ id, owner, expiresAt }) => ({ id, owner, expiresAt })).sort(byId));
    await project.release(live[0].id);
    await project.live();
    await project.releaseAll();
  });

  test("Retry-After is never above 30", async () => {
    const project = service.newProject();
    await Promise.all(Array.from({ length: LIVE_SESSIONS_MAX }, () => project.live({ timeout: 3_600_000 })));
    assert.equal((await project.create()).headers.get("retry-after"), "30");
    await project.releaseAll();
  });

  test("counts each project's sessions separately", async () => {
    const [one, other] = [service.newProject(), service.newProject()];
    await Promise.all(Array.from({ length: LIVE_SESSIONS_MAX }, () => one.live()));
    await other.live();
    await Promise.all([one.releaseAll(), other.releaseAll()]);
  });
});
