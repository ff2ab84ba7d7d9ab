// The project's events as they happen, by socket and as server-sent events.

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { answers } from "../browser_run/faults.mjs";
import { makeFolder } from "../support/folder.mjs";
import { expectProblem, expectStatus, ISO } from "../support/http.mjs";
import { openService, refusedUpgrade } from "../support/service.mjs";
import { eventsOf, openEventStream, subscribe } from "../support/subscribers.mjs";
import { until } from "../support/waits.mjs";

/** @import { EventMessage } from "../support/subscribers.mjs" */

const LISTENERS_MAX = 100;
// What a change may take to be told, on a busy machine.
const SOON_MS = 1000;

const service = await openService();
const { provider } = service;

afterEach(() => provider.usual());

/** @param {{events: EventMessage[]}} options */
const types = ({ events }) => events.map(({ type }) => type);
/** @param {{events: EventMessage[]}} options */
const ids = ({ events }) => events.map(({ id }) => Number(id));
/** @param {number[]} numbers */
const asc = (numbers) => numbers.toSorted((a, b) => a - b);

describe("a subscriber", { concurrency: true }, () => {
  test("gets every event of a session in order, each with the session's data", async () => {
    const project = service.newProject();
    const listener = await subscribe(service, project);
    const session = await project.live({ metadata: { run: "1" } });
    const created = await listener.next("session.created");
    assert.equal(created.sessionId, session.id);
    assert.match(created.at, ISO);
    assert.deepEqual(
      { ...created.session, config: 0, duration: 0, creditsUsed: 0 },
      { ...session, config: 0, duration: 0, creditsUsed: 0 },
    );
    await project.change(session.id, { metadata: { run: "2" } });
    const updated = await listener.next("session.updated");
    assert.deepEqual(updated.session.metadata, { run: "2" });
    await project.release(session.id);
    const ended = await listener.next("session.ended");
    assert.equal(ended.reason, "user_requested");
    assert.equal(ended.session.status, "released");
    const closed = await listener.next("session.closed");
    assert.equal(closed.session.closing, undefined);
    assert.deepEqual(ids(listener), [1, 2, 3, 4]);
    await listener.close();
  });

  test("gets an event without a call within a second", async () => {
    const project = service.newProject();
    const listener = await subscribe(service, project);
    const { expiresAt } = await project.live({ timeout: 2000 });
    await listener.next("session.created");
    const expiring = await listener.next("session.expiring");
    assert.equal(expiring.expiresAt, expiresAt);
    const ended = await listener.next("session.ended");
    assert.ok(Date.now() - Date.parse(expiresAt) < SOON_MS, `${Date.now() - Date.parse(expiresAt)} ms late`);
    assert.equal(ended.reason, "timeout");
    await listener.close();
  });

  test("gets the same events as all other subscribers", async () => {
    const project = service.newProject();
    const listeners = await Promise.all([1, 2, 3].map(() => subscribe(service, project)));
    const sessions = await Promise.all([1, 2, 3, 4].map(() => project.live({})));
    await project.releaseAll();
    await Promise.all(sessions.map(({ id }) => project.ended(id)));
    await until("all have all events", () => listeners.every((listener) => listener.events.length === 12));
    assert.deepEqual(
      ids(listeners[0]),
      Array.from({ length: 12 }, (_, n) => n + 1),
    );
    for (const listener of listeners) assert.deepEqual(listener.messages, listeners[0].messages);
    await Promise.all(listeners.map((listener) => listener.close()));
  });

  test("of another project gets no events", async () => {
    const [project, other] = [service.newProject(), service.newProject()];
    const [listener, stranger] = await Promise.all([subscribe(service, project), subscribe(service, other)]);
    const { id } = await project.live({});
    await project.release(id);
    await listener.next("session.created");
    await listener.next("session.ended");
    const own = await other.live({});
    await other.release(own.id);
    await until("the stranger hears of its own", () => types(stranger).includes("session.closed"));
    assert.deepEqual([...new Set(stranger.events.map(({ sessionId }) => sessionId))], [own.id]);
    await Promise.all([listener.close(), stranger.close()]);
  });

  test("gets an answer to its ping, in any JSON spelling", async () => {
    const listener = await subscribe(service, service.newProject());
    listener.socket.send('{"type":"ping"}');
    await listener.next("pong");
    listener.socket.send('{ "type": "ping" }');
    await listener.next("pong");
    await listener.close();
  });

  test("that sends anything else is disconnected", async () => {
    const project = service.newProject();
    for (const message of [
      "hello",
      '{"type":"subscribe"}',
      Buffer.from('{"type":"ping"}'),
      `{"type":${" ".repeat(4000)}"ping"}`,
    ]) {
      const listener = await subscribe(service, project);
      listener.socket.send(message);
      const { code } = await until("its end", () => listener.closed);
      assert.equal(code, 1008);
    }
  });

  test("in a page may send its key as a subprotocol", async () => {
    const project = service.newProject();
    const protocols = ["tidewatch.v1", `tidewatch.key.${project.key}`];
    const listener = await subscribe(service, { headers: {}, protocols });
    assert.equal(listener.socket.protocol, "tidewatch.v1");
    await project.live({});
    await listener.next("session.created");
    await project.releaseAll();
    await listener.close();
  });

  test("without a valid key is refused before the upgrade", async () => {
    const url = `${service.url.replace("http", "ws")}/v1/events`;
    expectProblem(await refusedUpgrade(url, {}), 401, "missing_key");
    expectProblem(await refusedUpgrade(url, { authorization: "Bearer tw_no_key" }), 401, "invalid_key");
    expectProblem(
      await refusedUpgrade(url, { "sec-websocket-protocol": "tidewatch.v1, tidewatch.key.x" }),
      401,
      "invalid_key",
    );
    expectProblem(
      await refusedUpgrade(`${url}?lastEventId=x`, { authorization: `Bearer ${service.newProject().key}` }),
      422,
      "invalid_request",
    );
    expectProblem(await service.send("GET", "/v1/events"), 401, "missing_key");
  });

  test("that reads nothing delays no other", async () => {
    const project = service.newProject();
    const slow = await subscribe(service, project);
    slow.socket.pause();
    const listener = await subscribe(service, project);
    const { id } = await project.live({ metadata: { text: "x".repeat(500) } });
    for (let n = 0; n < 100; n += 1) expectStatus(await project.change(id, { metadata: { n: `${n}` } }), 200);
    await until("the other one hears all", () => listener.events.length === 101);
    assert.deepEqual(ids(listener), asc(ids(listener)));
    slow.socket.resume();
    await until("and so does the slow one, in the end", () => slow.events.length === 101);
    await project.release(id);
    await Promise.all([listener.close(), slow.close()]);
  });

  test("is refused above the limit, and may connect after another has left", async () => {
    const project = service.newProject();
    const listeners = await Promise.all(Array.from({ length: LISTENERS_MAX }, () => subscribe(service, project)));
    const url = `${service.url.replace("http", "ws")}/v1/events`;
    const headers = { authorization: `Bearer ${project.key}` };
    const refused = await refusedUpgrade(url, headers);
    expectProblem(refused, 429, "too_many_listeners");
    assert.ok(Number(refused.headers.get("retry-after")) > 0);
    expectProblem(await project.call("GET", "/v1/events"), 429, "too_many_listeners");
    await listeners.pop()?.close();
    listeners.push(await subscribe(service, project));
    await Promise.all(listeners.map((listener) => listener.close()));
  });
});

describe("a subscriber that reconnects", { concurrency: true }, () => {
  test("gets every missed event once, while new events arrive", async () => {
    const project = service.newProject();
    const first = await subscribe(service, project);
    const { id } = await project.live({});
    await first.next("session.created");
    await first.close();
    const changes = async () => {
      for (let n = 0; n < 30; n += 1) expectStatus(await project.change(id, { metadata: { n: `${n}` } }), 200);
    };
    const [, ...listeners] = await Promise.all([
      changes(),
      ...Array.from({ length: 10 }, async (_, n) => {
        await pause(n * 10);
        return subscribe(service, { ...project, query: "?lastEventId=1" });
      }),
    ]);
    await project.release(id);
    for (const listener of listeners) {
      await until("all events have arrived", () => types(listener).at(-1) === "session.closed");
      assert.equal(listener.messages[0].id, "1");
      assert.deepEqual(
        ids(listener),
        Array.from({ length: 32 }, (_, n) => n + 2),
      );
    }
    await Promise.all(listeners.map((listener) => listener.close()));
  });

  test("after the retention time, or with a future id, is asked to reload", async () => {
    const project = service.newProject();
    const { id } = await project.live({});
    const listener = await subscribe(service, { ...project, query: "?lastEventId=2" });
    assert.equal((await listener.next("reset")).id, "1");
    await project.release(id);
    await listener.next("session.ended");
    await listener.close();
  });

  test("may name its last event in a header, which has precedence over the URL", async () => {
    const project = service.newProject();
    const { id } = await project.live({});
    await project.release(id);
    await project.ended(id);
    const headers = { authorization: `Bearer ${project.key}`, "last-event-id": "2" };
    const listener = await subscribe(service, { headers, query: "?lastEventId=0" });
    await listener.next("session.closed");
    assert.deepEqual(ids(listener), [3]);
    await listener.close();
  });
});

test("a failed start is one event, the session's end", async () => {
  const project = service.newProject();
  const listener = await subscribe(service, project);
  provider.next("acquire", answers(500));
  await project.create({});
  assert.equal((await listener.next("session.ended")).reason, "startup_failed");
  await listener.close();
});

test("a subscriber resumes without a gap after a restart, and gets the ended session", async (t) => {
  const service = await openService({ persist: makeFolder() }, t);
  const project = service.newProject();
  const before = await subscribe(service, project);
  const { id } = await project.live({ timeout: 60_000 });
  await before.next("session.created");
  await project.change(id, { metadata: { n: "1" } });
  await service.stop();
  await until("the socket is gone", () => before.closed);
  await service.open();
  await project.release(id);
  await project.ended(id);
  const after = await subscribe(service, { ...project, query: "?lastEventId=1" });
  await until("all events have arrived", () => types(after).at(-1) === "session.closed");
  assert.deepEqual(ids(after), [2, 3, 4]);
  assert.equal(after.events[0].session.status, "released", "as it is now");
  await after.close();
});

test("sockets survive hibernation, with no event twice and none missing", async () => {
  const project = service.newProject();
  const listener = await subscribe(service, project);
  const { id } = await project.live({});
  await project.release(id);
  await project.ended(id);
  await until("all events have arrived", () => types(listener).at(-1) === "session.closed");
  // workerd takes an object out of memory that has had nothing to do for 10 s.
  const namespace = await service.objects("FLEET");
  assert.ok(namespace);
  await pause(12_000);
  listener.socket.send('{"type":"ping"}');
  await until("a pong", () => listener.messages.at(-1)?.type === "pong");
  const again = await project.live({});
  await until("later events have arrived", () => types(listener).length === 4);
  assert.deepEqual(ids(listener), [1, 2, 3, 4]);
  assert.equal(listener.events.at(-1)?.sessionId, again.id);
  await project.release(again.id);
  await listener.close();
});

describe("server-sent events", { concurrency: true }, () => {
  test("are the same events, each with its id", async () => {
    const project = service.newProject();
    const hangUp = new AbortController();
    const told = await openEventStream(service, { ...project, signal: hangUp.signal });
    assert.equal(told.response.status, 200);
    assert.equal(told.response.headers.get("content-type"), "text/event-stream");
    assert.equal(told.response.headers.get("cache-control"), "no-store");
    await until("it is ready", () => eventsOf(told)[0]);
    assert.deepEqual(eventsOf(told)[0], { id: "0", event: "ready", data: '{"id":"0","type":"ready"}' });
    const { id } = await project.live({});
    await project.release(id);
    await until("all events have arrived", () => eventsOf(told).length === 4);
    assert.deepEqual(
      eventsOf(told)
        .map(({ id, event }) => [id, event])
        .slice(1),
      [
        ["1", "session.created"],
        ["2", "session.ended"],
        ["3", "session.closed"],
      ],
    );
    assert.equal(JSON.parse(eventsOf(told)[1].data).sessionId, id);
    hangUp.abort();
    const resumed = await openEventStream(service, { ...project, headers: { "last-event-id": "2" } });
    await until("the missed events have arrived", () => eventsOf(resumed).length === 2);
    assert.equal(eventsOf(resumed)[1].event, "session.closed");
    await resumed.response.body?.cancel().catch(() => {});
  });

  test("end when the client disconnects, and free its place", async () => {
    const project = service.newProject();
    const hangUp = new AbortController();
    const listeners = await Promise.all(Array.from({ length: LISTENERS_MAX - 1 }, () => subscribe(service, project)));
    const told = await openEventStream(service, { ...project, signal: hangUp.signal });
    await until("it is ready", () => eventsOf(told)[0]);
    expectProblem(await project.call("GET", "/v1/events"), 429, "too_many_listeners");
    hangUp.abort();
    const last = await until("its place is free", () => subscribe(service, project).catch(() => undefined));
    await Promise.all([...listeners, last].map((listener) => listener.close()));
  });

  test("contain keep-alive comments", async () => {
    const told = await openEventStream(service, service.newProject());
    await until("a heartbeat", () => told.text.endsWith(": \n\n"), 20_000);
    assert.equal(told.ended, false);
  });
});
