// A provider that fails while a session starts or ends: the right problem, and no browser is left.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { afterEach, describe, test } from "node:test";

import { answers, breaksOff, gate } from "../browser_run/faults.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService, refusedUpgrade } from "../support/service.mjs";
import { until, within } from "../support/waits.mjs";
import { noneLeft, ONE_SLOT, whenFree } from "./provider_faults.mjs";

/**
 * @import { Browser } from "../browser_run/browser.mjs"
 * @import { Answer } from "../support/http.mjs"
 */

const service = await openService(ONE_SLOT);
const { provider } = service;

afterEach(() => noneLeft(provider));

describe("a failed acquire", () => {
  /** @param {string | number} sessionId */
  const named = (sessionId) => answers(200, { body: { sessionId } });
  for (const [name, reaction, status, code] of /** @type {const} */ ([
    ["500", answers(500), 502, "provider_error"],
    ["404", answers(404), 502, "provider_error"],
    ["400", answers(400), 502, "provider_error"],
    ["401", answers(401), 503, "provider_unavailable"],
    ["403", answers(403), 503, "provider_unavailable"],
    ["503", answers(503, { headers: { "retry-after": "100" } }), 503, "provider_unavailable"],
    ["504", answers(504), 504, "provider_timeout"],
    ["204", answers(204, { body: "" }), 502, "provider_error"],
    ["no JSON", answers(200, { body: "<html>" }), 502, "provider_error"],
    ["nothing", answers(200, { body: "" }), 502, "provider_error"],
    ["no object", answers(200, { body: [] }), 502, "provider_error"],
    ["no browser's name", answers(200), 502, "provider_error"],
    ["an empty name", named(""), 502, "provider_error"],
    ["a name that is a number", named(7), 502, "provider_error"],
    ["a name that leads elsewhere", named("../../v1/limits"), 502, "provider_error"],
    ["a name without end", named("x".repeat(129)), 502, "provider_error"],
    ["a cut connection", breaksOff, 502, "provider_error"],
  ])) {
    test(`with ${name} answers that problem, frees its slot and its key, and is stored under its id`, async () => {
      const project = service.newProject();
      const headers = { "idempotency-key": randomUUID() };
      provider.next("acquire", reaction, reaction);
      /** @param {Answer} answer */
      const expected = (answer) => {
        expectProblem(answer, status, code);
        assert.equal(answer.headers.get("retry-after"), null);
      };
      expected(await project.create({}, headers));
      const body = { sessionId: randomUUID(), owner: "a" };
      expected(await project.create(body, headers));
      const acquired = provider.made("acquire").length;
      expected(await project.create(body));
      assert.equal(provider.made("acquire").length, acquired, "the stored problem, no new try");

      const failed = await project.session(body.sessionId);
      assert.equal(failed.status, "failed");
      assert.equal(failed.releaseReason, "startup_failed");
      assert.equal(failed.failure?.code, code);
      assert.deepEqual(failed.dimensions, { width: 0, height: 0 });
      assert.equal(failed.verifiedAt, null);
      assert.equal(failed.creditsUsed, 0);
      assert.equal((await project.list("?status=failed&owner=a")).body.totalCount, 1);
      expectProblem(await refusedUpgrade(failed.websocketUrl), 410, "session_gone");

      const { id } = await project.live({}, headers);
      assert.notEqual(id, body.sessionId);
      await project.release(id);
    });
  }

  /** @param {string} value */
  const retryAfter = (value) => answers(429, { headers: { "retry-after": value } });
  for (const [name, reaction, seconds] of /** @type {const} */ ([
    ["for 7 s", retryAfter("7"), 7],
    ["for an hour", retryAfter("3600"), 30],
    ["for no time", retryAfter("0"), 1],
    ["until a date", retryAfter("Wed, 21 Oct 2026 07:28:00 GMT"), 1],
    ["without a hint", answers(429), 1],
  ])) {
    test(`with 429, ${name}, answers 429, is stored under its id, and is not repeated before that time`, async () => {
      const project = service.newProject();
      provider.next("acquire", reaction);
      const body = { sessionId: randomUUID() };
      const answer = await project.create(body);
      expectProblem(answer, 429, "provider_rate_limited");
      assert.equal(answer.headers.get("retry-after"), String(seconds));
      const failed = await project.session(body.sessionId);
      assert.equal(failed.status, "failed");
      assert.equal(failed.failure?.code, "provider_rate_limited");

      const acquired = provider.made("acquire").length;
      expectProblem(await project.create(body), 429, "provider_rate_limited");
      if (seconds > 1) expectProblem(await project.create(), 429, "provider_rate_limited");
      assert.equal(provider.made("acquire").length, acquired, "the provider is left alone");
      if (seconds === 1) await project.release((await whenFree(project)).id);
    });
  }

  test("for five callers of one key fails for all after one attempt", async () => {
    const project = service.newProject();
    const held = gate(answers(500));
    provider.next("acquire", held.reaction);
    const acquired = provider.made("acquire").length;
    const body = { sessionId: randomUUID() };
    const creates = Array.from({ length: 5 }, () => project.create(body));
    await held.arrived;
    held.open();
    for (const answer of await Promise.all(creates)) expectProblem(answer, 502, "provider_error");
    assert.equal(provider.made("acquire").length, acquired + 1);
  });
});

describe("a session that is released while it starts", () => {
  for (const [name, call] of /** @type {const} */ ([
    ["before its browser is there", "acquire"],
    ["while its window is prepared", "connect"],
  ])) {
    test(`${name} ends at once, and its browser is closed`, async () => {
      const project = service.newProject();
      const body = { sessionId: randomUUID() };
      const headers = { "idempotency-key": randomUUID() };
      const held = gate();
      provider.next(call, held.reaction);
      const created = project.create(body, headers);
      await held.arrived;
      const { session } = expectStatus(await project.release(body.sessionId), 200).body;
      assert.equal(session.status, "released");
      assert.equal(session.releaseReason, "user_requested");
      expectProblem(await created, 409, "released_while_starting");
      expectProblem(await project.create(body, headers), 409, "released_while_starting");

      const { id } = await project.live();
      await project.release(id);
      const started = provider.browsers.size;
      held.open();
      await until("a browser that comes late is closed", () => {
        const late = provider.browsers.size - started;
        return late === (call === "acquire" ? 1 : 0) && provider.running().length === 0;
      });
      await project.ended(body.sessionId);
      assert.equal((await project.session(body.sessionId)).endedAt, session.endedAt, "ended is final");
    });
  }

  test("stays released if its acquire fails later", async () => {
    const project = service.newProject();
    const sessionId = randomUUID();
    const held = gate(answers(500));
    provider.next("acquire", held.reaction);
    const created = project.create({ sessionId });
    await held.arrived;
    await project.release(sessionId);
    held.open();
    expectProblem(await created, 409, "released_while_starting");
    assert.equal((await project.session(sessionId)).status, "released");
  });
});

describe("a close", () => {
  test("with a 404 counts as done", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    const browser = provider.newest();
    provider.kill(browser);
    const { session } = expectStatus(await project.release(id), 200).body;
    assert.equal("closing" in session, false);
    assert.equal(provider.made("close", browser).length, 1);
  });
});

describe("a browser is closed if its window can't be prepared", () => {
  const throwing = () => {
    throw new Error("no");
  };
  for (const [name, plan, status, code] of /** @type {const} */ ([
    ["because its socket is refused", () => provider.next("connect", answers(500)), 502, "provider_error"],
    ["because it is not found", () => provider.next("connect", answers(404)), 502, "provider_error"],
    ["because its socket breaks off", () => provider.always("connect", breaksOff), 502, "provider_error"],
    [
      "because it can't be connected to so often",
      () => provider.next("connect", answers(429)),
      429,
      "provider_rate_limited",
    ],
    ["because it has no tab", () => ({ "Target.getTargets": () => ({ targetInfos: [] }) }), 502, "provider_error"],
    ["because it has no window", () => ({ "Browser.getWindowForTarget": throwing }), 502, "provider_error"],
    [
      "because it tells no size",
      () => ({ "Browser.getWindowForTarget": () => ({ windowId: 1 }) }),
      502,
      "provider_error",
    ],
    ["because it will not be resized", () => ({ "Browser.setWindowBounds": throwing }), 502, "provider_error"],
    ["because its size is another one", () => ({ "Browser.setWindowBounds": () => ({}) }), 502, "provider_error"],
    [
      "because it dies",
      () => ({
        "Target.getTargets": (/** @type {unknown} */ _, /** @type {Browser} */ browser) => provider.kill(browser),
      }),
      502,
      "provider_error",
    ],
  ])) {
    test(name, async () => {
      const project = service.newProject();
      const body = { sessionId: randomUUID(), dimensions: { width: 640, height: 480 } };
      provider.cdp = plan() ?? {};
      expectProblem(await project.create(body), status, code);
      const browser = provider.newest();
      await until("its browser is closed", () => provider.made("close", browser).length === 1);
      provider.usual();
      const session = await project.ended(body.sessionId);
      assert.equal(session.status, "failed");
      assert.equal(session.releaseReason, "startup_failed");
      await project.release((await project.live()).id);
    });
  }

  test("also if it sends other messages in between", async () => {
    const project = service.newProject();
    provider.cdp["Target.getTargets"] = (_, browser, socket) => {
      socket.send("nonsense");
      socket.send('{"method":"Target.targetCreated","params":{}}');
      socket.send('{"id":99,"result":{}}');
      socket.send(Buffer.from([1, 2, 3]));
      return {
        targetInfos: [
          { targetId: "w", type: "service_worker" },
          { targetId: browser.targets[0].id, type: "page" },
        ],
      };
    };
    const { id } = await project.live({ dimensions: { width: 640, height: 480 } });
    assert.deepEqual(provider.newest().window, { width: 640, height: 480 });
    await project.release(id);
  });
});

test("a provider that hangs at acquire delays no other project and no read", async () => {
  const [one, other] = [service.newProject(), service.newProject()];
  const held = gate();
  provider.next("acquire", held.reaction);
  const sessionId = randomUUID();
  const created = one.create({ sessionId });
  await held.arrived;
  const { id } = await within("another project's session", other.live());
  await other.release(id);
  expectProblem(await one.create(), 429, "limit_reached");
  assert.equal((await one.list()).body.totalCount, 0);
  expectStatus(await one.release(sessionId), 200);
  expectProblem(await created, 409, "released_while_starting");
  held.open();
});
