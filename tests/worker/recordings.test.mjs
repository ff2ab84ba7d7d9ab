// Recordings with a simulated provider: their content, access to them, their retention, and the effect of a restart.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { makeFolder } from "../support/folder.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService } from "../support/service.mjs";
import { until } from "../support/waits.mjs";

/**
 * @import { WebSocket } from "ws"
 * @import { RecordedEvent } from "../../src/client/types.ts"
 * @import { Browser } from "../browser_run/browser.mjs"
 * @import { BrowserRun } from "../browser_run/simulator.mjs"
 * @import { Project } from "../support/project.mjs"
 * @import { Service } from "../support/service.mjs"
 */

const DAY_MS = 24 * 60 * 60_000;

/**
 * Lets a provider's browsers have a tab, in whose document a recorder's script says what `say` is called with.
 *
 * @param {BrowserRun} provider
 * @param {string} [tab]
 */
function withTab(provider, tab = "TAB") {
  const sockets = new Map();
  provider.cdp["Target.setAutoAttach"] = (_, browser, socket) => {
    if (sockets.get(browser) === socket) return {};
    sockets.set(browser, socket);
    const targetInfo = { targetId: tab, type: "page", title: "a tab", url: "https://user:password@a.example/" };
    event(socket, {
      method: "Target.attachedToTarget",
      params: { sessionId: "S", targetInfo, waitingForDebugger: true },
    });
    return {};
  };
  for (const method of ["Runtime.enable", "Page.enable", "Log.enable", "Network.enable", "Runtime.addBinding"]) {
    provider.cdp[method] = () => ({});
  }
  const ready = new Set();
  provider.cdp["Page.addScriptToEvaluateOnNewDocument"] = ({ source }) => {
    assert.match(source, /^globalThis.tidewatchOptions=.maskInputs:(true|false)/);
    return {};
  };
  provider.cdp["Runtime.runIfWaitingForDebugger"] = (_, browser) => {
    ready.add(sockets.get(browser));
    return {};
  };
  /** @param {Browser} browser */
  const isReady = (browser) => until("its tab is recorded", () => ready.has(sockets.get(browser)));
  /**
   * @param {Browser} browser
   * @param {...({ type: number; timestamp: number; data: { source: number; }; })} events
   */
  const say = async (browser, ...events) => {
    await isReady(browser);
    const payload = events.map((each) => `${each.type} ${each.timestamp} ${JSON.stringify(each)}`).join("\n");
    const params = { name: "tidewatchRecord", payload, executionContextId: 3 };
    event(sockets.get(browser), { method: "Runtime.bindingCalled", sessionId: "S", params });
  };
  return { say, isReady, sockets };
}

/**
 * @param {WebSocket} socket
 * @param {object} message
 */
const event = (socket, message) => socket.send(JSON.stringify(message));
/** @param {number} timestamp */
const moved = (timestamp) => ({ type: 3, timestamp, data: { source: 1 } });
/**
 * @param {Project<Service>} project
 * @param {string} id
 * @param {number} count
 */
const stored = (project, id, count) =>
  until(`${count} events are stored`, async () => (await project.session(id)).eventCount >= count);
/**
 * @param {Project<Service>} project
 * @param {string} id
 */
const over = (project, id) =>
  until("the recording is over", async () => {
    const { recording } = await project.session(id);
    return recording?.status !== "recording" && recording?.status;
  });
/**
 * @param {Project<Service>} project
 * @param {string} id
 * @param {string} [query]
 */
const eventsOf = async (project, id, query = "") =>
  expectStatus(await project.call("GET", `/v1/sessions/${id}/events${query}`), 200);

describe("a browser's recording message", async () => {
  const service = await openService({ recordings: true });
  const { provider } = service;

  test("is stored in order of time, and readable by its project only", async () => {
    const { say } = withTab(provider);
    const project = service.newProject();
    const { id } = await project.live();
    const now = Date.now();
    await say(provider.newest(), moved(now + 20), moved(now + 10), moved(now + 30));
    await project.release(id);
    assert.equal(await over(project, id), "complete");
    const { body, headers } = await eventsOf(project, id);
    assert.equal(headers.get("next-cursor"), null);
    assert.deepEqual(
      body
        .filter((/** @type {RecordedEvent} */ { type }) => type === 3)
        .map((/** @type {{timestamp: number, tab: string}} */ { timestamp, tab }) => [timestamp - now, tab]),
      [
        [10, "TAB"],
        [20, "TAB"],
        [30, "TAB"],
      ],
    );
    assert.deepEqual(body[0].data, {
      tag: "tab",
      payload: { opened: true, title: "a tab", url: "https://a.example/" },
    });

    const other = service.newProject();
    expectProblem(await other.call("GET", `/v1/sessions/${id}/events`), 404, "session_not_found");
    expectProblem(await project.call("GET", `/v1/sessions/${randomUUID()}/events`), 404, "session_not_found");
    expectProblem(await service.send("GET", `/v1/sessions/${id}/events`), 401, "missing_key");
  });

  test("is read in pages, and an invalid page is refused by name", async () => {
    const { say } = withTab(provider);
    const project = service.newProject();
    const { id } = await project.live();
    await say(provider.newest(), ...[1, 2, 3, 4].map((n) => moved(Date.now() + n)));
    await project.release(id);
    await over(project, id);
    const { body: all } = await eventsOf(project, id);
    const read = [];
    for (let next = /** @type {string | null} */ (""); next !== null; ) {
      const { body, headers } = await eventsOf(project, id, `?limit=2${next && `&pointer=${next}`}`);
      assert.ok(body.length <= 2);
      read.push(...body);
      next = headers.get("next-cursor");
    }
    assert.deepEqual(read, all);
    for (const [query, pointer] of [
      ["limit=0", "/limit"],
      ["limit=1001", "/limit"],
      ["limit=1.5", "/limit"],
      ["pointer=", "/pointer"],
      ["pointer=../x", "/pointer"],
      ["format=xml", "/format"],
      ["format=har&limit=1", "/limit"],
      ["offset=1", "/offset"],
    ]) {
      const { errors } = expectProblem(
        await project.call("GET", `/v1/sessions/${id}/events?${query}`),
        422,
        "invalid_request",
      );
      assert.deepEqual(
        errors.map((error) => error.pointer),
        [pointer],
        query,
      );
    }
  });

  test("is ignored if it is not an event, and ends neither session nor recording", async () => {
    const { isReady, sockets } = withTab(provider);
    const project = service.newProject();
    const { id } = await project.live();
    const browser = provider.newest();
    await isReady(browser);
    const socket = sockets.get(browser);
    const lines = ["", "3", "3 x {}", "3 1 {", '3 1 {"type":3}}', "3 1 []", "3 1 {}", '9 1 {"tab":"other"}'];
    const params = { name: "tidewatchRecord", payload: lines.join("\n"), executionContextId: 3 };
    event(socket, { method: "Runtime.bindingCalled", sessionId: "S", params });
    event(socket, { method: "Runtime.bindingCalled", sessionId: "nobody", params });
    for (const text of ["no JSON", "[]", "{}", '{"method":7}', '{"method":"Target.attachedToTarget"}'])
      socket.send(text);
    await project.release(id);
    assert.equal(await over(project, id), "complete");
    const { body } = await eventsOf(project, id);
    assert.deepEqual(
      body.filter((/** @type {RecordedEvent} */ { type }) => type !== 5),
      [],
    );
    assert.ok(
      body.every((/** @type {{tab: string}} */ { tab }) => tab === "TAB"),
      "a name that the event gives itself counts for nothing",
    );
  });
});

test("a deployment without a bucket records no session and refuses a requested recording", async (context) => {
  const service = await openService({}, context);
  const project = service.newProject();
  const { id, recording } = await project.live();
  assert.equal(recording, undefined);
  expectProblem(await project.call("GET", `/v1/sessions/${id}/events`), 404, "recording_not_found");
  for (const requested of [true, { maskInputs: false }]) {
    const { errors } = expectProblem(await project.create({ recording: requested }), 422, "invalid_request");
    assert.deepEqual(
      errors.map(({ pointer }) => pointer),
      ["/recording"],
    );
  }
  await project.releaseAll();
});

test("cron removes all expired recordings and no others", async (context) => {
  const service = await openService({ recordings: true, vars: { RECORDING_RETENTION_DAYS: "2" } }, context);
  const bucket = /** @type {any} */ (await service.platform.mf.getR2Bucket("RECORDINGS"));
  /** @param {number} ago */
  const day = (ago) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);
  /**
   * @param {number} ago
   * @param {number} count
   */
  const keys = (ago, count) =>
    Array.from({ length: count }, (_, n) => `recordings/${day(ago)}/p/${n}/000001-0-1.ndjson.gz`);
  const kept = [...keys(2, 3), ...keys(0, 3), "something/else"];
  for (const key of [...keys(9, 1100), ...keys(3, 5), ...kept]) await bucket.put(key, "");
  const left = async () =>
    (await bucket.list({ limit: 1000 })).objects.map((/** @type {{key: string}} */ { key }) => key);
  await service.cron();
  assert.deepEqual((await left()).toSorted(), kept.toSorted());
  await service.cron();
  assert.equal((await left()).length, kept.length);
});

test("a restart loses only events that were not stored, and the recording goes on as incomplete", async (context) => {
  const service = await openService({ recordings: true, persist: makeFolder() }, context);
  const { provider } = service;
  const { say, sockets } = withTab(provider);
  const project = service.newProject();
  const { id } = await project.live();
  const browser = provider.newest();
  await say(browser, moved(Date.now()));
  const first = sockets.get(browser);
  await stored(project, id, 2);
  await service.stop();
  await service.open();
  await until("another recorder is there", () => sockets.get(browser) !== first);
  assert.equal((await project.session(id)).recording?.status, "recording");
  await say(browser, moved(Date.now()));
  await project.release(id);
  assert.equal(await over(project, id), "incomplete");
  const { body } = await eventsOf(project, id);
  const tags = body.map((/** @type {{type: number, data: {tag?: string}}} */ { type, data }) => data.tag ?? type);
  assert.deepEqual(tags.filter((/** @type {unknown} */ tag) => tag === 3).length, 2);
  assert.ok(tags.includes("gap"), tags.join());
});
