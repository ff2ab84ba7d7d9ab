// A provider that fails in every way it can: the right problem, and nothing leaks.

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";

import { answers, breaksOff, gate, hangs } from "../browser_run/faults.mjs";
import { expectProblem, expectStatus, newId, openService, refusedUpgrade, until, within } from "./service.mjs";

// One slot, so that one that is not given back is noticed at once.
const ONE_SLOT = { vars: { LIVE_SESSIONS_MAX: "1" } };
const service = await openService(ONE_SLOT);
const { provider } = service;
// The service's own limit for the answer to a close, and what a loaded machine adds to it.
const CLOSE_LIMIT_MS = 5000;
const SLACK_MS = 4000;
const LOST_WITHIN_MS = 10_000;
// A close that failed is made again after a second, or after two.
const LEFT_WITHIN_MS = 15_000;

afterEach(() => noneLeft(provider));

async function noneLeft(provider) {
  provider.usual();
  try {
    await until("no browser is left", () => provider.running().length === 0, LEFT_WITHIN_MS);
  } finally {
    for (const id of provider.running()) provider.kill(provider.browsers.get(id));
  }
}

/** A session, as soon as the project's one slot is free. */
function whenFree(project) {
  return until("the slot is free", async () => {
    const answer = await project.create();
    return answer.status === 201 && answer.body;
  });
}

describe("an acquire that fails", () => {
  const named = (sessionId) => answers(200, { body: { sessionId } });
  for (const [name, reaction, status, code] of [
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
  ]) {
    test(`with ${name} is that problem, frees its slot and its key, and stays with its id`, async () => {
      const project = service.newProject();
      const headers = { "idempotency-key": newId() };
      provider.next("acquire", reaction, reaction);
      const expected = (answer) => {
        expectProblem(answer, status, code);
        assert.equal(answer.headers.get("retry-after"), null);
      };
      expected(await project.create({}, headers));
      const body = { sessionId: newId(), owner: "a" };
      expected(await project.create(body, headers));
      const acquired = provider.made("acquire").length;
      expected(await project.create(body));
      assert.equal(provider.made("acquire").length, acquired, "the stored problem, no new try");

      const failed = await project.session(body.sessionId);
      assert.equal(failed.status, "failed");
      assert.equal(failed.releaseReason, "startup_failed");
      assert.equal(failed.failure.code, code);
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

  const retryAfter = (value) => answers(429, { headers: { "retry-after": value } });
  for (const [name, reaction, seconds] of [
    ["for 7 s", retryAfter("7"), 7],
    ["for an hour", retryAfter("3600"), 30],
    ["for no time", retryAfter("0"), 1],
    ["until a date", retryAfter("Wed, 21 Oct 2026 07:28:00 GMT"), 1],
    ["without a hint", answers(429), 1],
  ]) {
    test(`with 429, ${name}, is a 429 that says so, stays with its id, and is not repeated before`, async () => {
      const project = service.newProject();
      provider.next("acquire", reaction);
      const body = { sessionId: newId() };
      const answer = await project.create(body);
      expectProblem(answer, 429, "provider_rate_limited");
      assert.equal(answer.headers.get("retry-after"), String(seconds));
      const failed = await project.session(body.sessionId);
      assert.equal(failed.status, "failed");
      assert.equal(failed.failure.code, "provider_rate_limited");

      const acquired = provider.made("acquire").length;
      expectProblem(await project.create(body), 429, "provider_rate_limited");
      if (seconds > 1) expectProblem(await project.create(), 429, "provider_rate_limited");
      assert.equal(provider.made("acquire").length, acquired, "the provider is left alone");
      if (seconds === 1) await project.release((await whenFree(project)).id);
    });
  }

  test("for five callers of one key fails for all, with one try", async () => {
    const project = service.newProject();
    const held = gate(answers(500));
    provider.next("acquire", held.reaction);
    const acquired = provider.made("acquire").length;
    const body = { sessionId: newId() };
    const creates = Array.from({ length: 5 }, () => project.create(body));
    await held.arrived;
    held.open();
    for (const answer of await Promise.all(creates)) expectProblem(answer, 502, "provider_error");
    assert.equal(provider.made("acquire").length, acquired + 1);
  });
});

describe("a session that is released while it starts", () => {
  for (const [name, call] of [
    ["before its browser is there", "acquire"],
    ["while its window is prepared", "connect"],
  ]) {
    test(`${name} ends at once, and its browser is closed`, async () => {
      const project = service.newProject();
      const body = { sessionId: newId() };
      const headers = { "idempotency-key": newId() };
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

  test("stays released if its acquire fails in the end", async () => {
    const project = service.newProject();
    const sessionId = newId();
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
  test("that is answered 404 is done: the browser is gone", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    const browser = provider.newest();
    provider.kill(browser);
    const { session } = expectStatus(await project.release(id), 200).body;
    assert.equal("closing" in session, false);
    assert.equal(provider.made("close", browser).length, 1);
  });
});

describe("a browser whose window can't be prepared is closed", () => {
  const throwing = () => {
    throw new Error("no");
  };
  for (const [name, plan, status, code] of [
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
    ["because it dies", () => ({ "Target.getTargets": (_, browser) => provider.kill(browser) }), 502, "provider_error"],
  ]) {
    test(name, async () => {
      const project = service.newProject();
      const body = { sessionId: newId(), dimensions: { width: 640, height: 480 } };
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

  test("also if it speaks of other things in between", async () => {
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

// Each with a service of its own, all at once: they are about waiting.
describe("in its own time", { concurrency: true }, () => {
  const alone = (name, body) =>
    test(name, async (t) => {
      const service = await openService(ONE_SLOT, t);
      await body(service, service.provider);
      await noneLeft(service.provider);
    });

  alone(
    "a close that fails is made again, later and later, until the provider confirms it",
    async (service, provider) => {
      const project = service.newProject();
      const { id } = await project.live();
      const browser = provider.newest();
      provider.next("close", answers(500), answers(503));
      const { session } = expectStatus(await project.release(id), 200).body;
      assert.equal(session.status, "released");
      assert.equal(session.closing, true);
      assert.equal((await project.session(id)).closing, true);
      const ended = await project.ended(id);
      assert.equal("closing" in ended, false);
      assert.equal(ended.endedAt, session.endedAt);
      const [first, second, third, ...more] = provider.made("close", browser).map(({ at }) => at);
      assert.deepEqual(more, []);
      assert.ok(second - first >= 950, `1 s after the first: ${second - first}`);
      assert.ok(third - second >= 1950, `2 s after the second: ${third - second}`);
    },
  );

  for (const [name, reaction] of [
    ["closing", answers(200, { body: { status: "closing" } })],
    ["something else", answers(200, { body: "fine" })],
  ]) {
    alone(`a close that is answered ${name} is asked about until it is done`, async (service, provider) => {
      const project = service.newProject();
      const { id } = await project.live();
      const browser = provider.newest();
      provider.next("close", reaction, reaction);
      assert.equal(expectStatus(await project.release(id), 200).body.session.closing, true);
      await project.ended(id);
      assert.equal(provider.made("close", browser).length, 3);
    });
  }

  alone("a close that hangs is queued, and holds neither its caller nor the slot", async (service, provider) => {
    const project = service.newProject();
    const { id } = await project.live();
    const browser = provider.newest();
    provider.next("close", hangs);
    const began = Date.now();
    const released = project.release(id);
    const other = await whenFree(project);
    const { session } = expectStatus(await released, 200).body;
    assert.ok(Date.now() - began < CLOSE_LIMIT_MS + SLACK_MS);
    assert.equal(session.closing, true);
    await project.release(other.id);
    await project.ended(id);
    assert.equal(provider.made("close", browser).length, 2);
  });

  alone("closes that hang hold up no release and no create, however many they are", async (service, provider) => {
    const project = service.newProject();
    provider.always("close", hangs);
    const releases = [];
    for (let n = 0; n < 8; n += 1) {
      const { id } = await whenFree(project);
      const began = Date.now();
      releases.push(project.release(id).then((answer) => ({ answer, took: Date.now() - began })));
    }
    assert.equal(provider.made("acquire").length, 8, "all were created while closes hung");
    for (const { answer, took } of await Promise.all(releases)) {
      assert.equal(expectStatus(answer, 200).body.session.closing, true);
      assert.ok(took < CLOSE_LIMIT_MS + SLACK_MS, `answered after ${took} ms`);
    }
    // None is forgotten: each is closed once the provider answers.
    provider.usual();
    await until("all are closed", () => provider.running().length === 0, 60_000);
    // And none has piled up meanwhile: an attempt that waits for its turn is not made a second time.
    for (const browser of new Set(provider.made("close").map((call) => call.browser))) {
      assert.ok(
        provider.made("close", browser).length <= 3,
        `${provider.made("close", browser).length} attempts for one`,
      );
    }
  });

  alone("a window that says nothing is given up, and its browser closed", async (service, provider) => {
    const project = service.newProject();
    const sessionId = newId();
    provider.cdp["Browser.getWindowForTarget"] = () => undefined;
    expectProblem(await project.create({ sessionId }), 504, "provider_timeout");
    assert.equal((await project.ended(sessionId)).releaseReason, "startup_failed");
    assert.equal(provider.made("close", provider.newest()).length, 1);
  });

  alone(
    "a browser that is gone ends its session within 10 s; one that is only missing from the list does not",
    async (service, provider) => {
      const projects = Array.from({ length: 3 }, () => service.newProject());
      const sessions = [];
      const browsers = [];
      for (const project of projects) {
        sessions.push(await project.live());
        browsers.push(provider.newest());
      }
      browsers[1].listed = false;
      browsers[2].listed = false;
      provider.always("look", answers(500), browsers[2]);
      provider.kill(browsers[0]);

      const ended = await until(
        "the lost browser is noticed",
        async () => {
          const session = await projects[0].session(sessions[0].id);
          return session.status !== "live" && session;
        },
        LOST_WITHIN_MS,
      );
      assert.equal(ended.status, "failed");
      assert.equal(ended.releaseReason, "browser_crashed");
      assert.equal(ended.failure.code, "browser_crashed");
      assert.equal("closing" in ended, false);
      expectProblem(await refusedUpgrade(ended.websocketUrl), 410, "session_gone");
      const again = await projects[0].live();
      await projects[0].release(again.id);

      // Two more rounds, so that both have been asked about by name.
      for (const browser of browsers.slice(1)) {
        await until("it was asked about twice", () => provider.made("look", browser).length >= 2);
      }
      for (const at of [1, 2]) {
        const session = await projects[at].session(sessions[at].id);
        assert.equal(session.status, "live");
        await projects[at].release(session.id);
      }
    },
  );

  alone(
    "no browser is taken for lost while the provider's list can't be read; it is verified once it can",
    async (service, provider) => {
      const project = service.newProject();
      const unreadable = async ({ usual }) => ({ status: 200, body: [...usual().body, { name: "?" }] });
      provider.next("list", answers(500), unreadable);
      const { id, verifiedAt } = await project.live();
      const browser = provider.newest();
      await until("the list was asked for, in vain", () => provider.made("list").length >= 2);
      const session = await project.session(id);
      assert.equal(session.status, "live");
      assert.equal(session.verifiedAt, verifiedAt);
      assert.equal(provider.made("look", browser).length, 0);
      await until("it is verified", async () => (await project.session(id)).verifiedAt > verifiedAt);
      await project.release(id);
    },
  );
});

test("a provider that hangs at acquire holds up no other project, and nobody who asks", async () => {
  const [one, other] = [service.newProject(), service.newProject()];
  const held = gate();
  provider.next("acquire", held.reaction);
  const sessionId = newId();
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
