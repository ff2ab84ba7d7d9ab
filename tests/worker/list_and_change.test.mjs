// What docs/api.md promises of reads, lists and changes, on a provider where all goes well.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { afterEach, describe, test } from "node:test";

import { gate } from "../browser_run/faults.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService } from "../support/service.mjs";
import { checkSession } from "./session_view.mjs";

/**
 * @import { SessionData } from "../../src/client/types.ts"
 * @import { Project } from "../support/project.mjs"
 */

const service = await openService();
const { provider } = service;

afterEach(() => provider.usual());

/** @param {Project} project @param {string} query */
const sum = (project, query) => project.list(query).then(({ body }) => body.totalCount);

describe("retrieve and list", () => {
  test("an ended session is still readable, with its end", async () => {
    const project = service.newProject();
    const { id } = await project.live({ owner: "a" });
    await project.release(id);
    const session = await project.session(id);
    checkSession(session, service);
    assert.equal(session.status, "released");
    assert.equal(session.releaseReason, "user_requested");
    const [listed] = (await project.list()).body.sessions;
    checkSession(listed, service);
    assert.equal(listed.endedAt, session.endedAt);
  });

  test("a GET of a starting session waits for the outcome, and no list shows the session before", async () => {
    const project = service.newProject();
    const sessionId = randomUUID();
    const held = gate();
    provider.next("acquire", held.reaction);
    const created = project.create({ sessionId });
    await held.arrived;
    const read = project.get(sessionId);
    assert.equal((await project.list()).body.totalCount, 0);
    held.open();
    assert.equal(expectStatus(await read, 200).body.status, "live");
    expectStatus(await created, 201);
    await project.releaseAll();
  });

  test("a list is paged from newest to oldest and then ends", async () => {
    const project = service.newProject();
    const ids = [];
    for (let n = 0; n < 5; n += 1) {
      const { id } = await project.live();
      ids.unshift(id);
      // Ended ones stay in the list, and serve as cursors.
      if (n % 2) await project.release(id);
    }
    const seen = [];
    let cursor = "";
    for (let page = 0; page < 3; page += 1) {
      const { body } = expectStatus(await project.list(`?limit=2${cursor}`), 200);
      assert.equal(body.totalCount, 5);
      assert.equal(body.sessions.length, page < 2 ? 2 : 1);
      for (const session of body.sessions) checkSession(session, service);
      seen.push(...body.sessions.map((/** @type {{id: string}} */ { id }) => id));
      assert.equal(body.nextCursor, page < 2 ? seen.at(-1) : null);
      cursor = `&cursorId=${seen.at(-1)}`;
    }
    assert.deepEqual(seen, ids);
    const { body: past } = expectStatus(await project.list(`?limit=2${cursor}`), 200);
    assert.deepEqual(past, { sessions: [], nextCursor: null, totalCount: 5 });
    assert.equal((await project.list("?limit=5")).body.nextCursor, null, "a page that ends the list says so");
    await project.releaseAll();
  });

  test("a session created during paging appears at most once and hides no other", async () => {
    const project = service.newProject();
    const old = [await project.live(), await project.live()].map(({ id }) => id);
    const { body: first } = await project.list("?limit=1");
    await project.live();
    const { body: second } = await project.list(`?limit=1&cursorId=${first.nextCursor}`);
    assert.deepEqual(
      [...second.sessions, ...first.sessions].map(({ id }) => id),
      old,
    );
    await project.releaseAll();
  });

  test("filters combine, and the total counts the sessions that match all", async () => {
    const project = service.newProject();
    await project.live({ owner: "a", metadata: { run: "1", kind: "x" } });
    await project.live({ owner: "a", metadata: { run: "2" } });
    const b = await project.live({ owner: "b", metadata: { run: "1" } });
    await project.release(b.id);
    for (const [query, total] of /** @type {const} */ ([
      ["", 3],
      ["?status=live", 2],
      ["?status=released", 1],
      ["?status=failed", 0],
      ["?owner=a", 2],
      ["?owner=b&status=live", 0],
      ["?owner=nobody", 0],
      ["?metadata[run]=1", 2],
      ["?metadata%5Brun%5D=1&owner=a", 1],
      ["?metadata[run]=1&metadata[kind]=x", 1],
      ["?metadata[run]=1&status=released", 1],
      ["?metadata[other]=1", 0],
    ])) {
      const { body } = expectStatus(await project.list(query), 200);
      assert.equal(body.totalCount, total, query);
      assert.equal(body.sessions.length, total, query);
      const { body: one } = await project.list(`${query}${query ? "&" : "?"}limit=1`);
      assert.equal(one.totalCount, total, `${query}, whatever the page`);
    }
    await project.releaseAll();
  });

  test("a list shows a session's labels, and no other part of its request", async () => {
    const project = service.newProject();
    await project.live({ lambdatestOptions: { build: "B1", name: "N1", "LT:Options": { video: true } } });
    const [{ config }] = (await project.list()).body.sessions;
    assert.deepEqual(config, { lambdatestOptions: { build: "B1", name: "N1" } });
    await project.releaseAll();
  });

  test("HEAD answers as GET does, without a body", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    for (const path of ["/v1/sessions", `/v1/sessions/${id}`, "/v1/health", `/v1/sessions/${randomUUID()}`]) {
      const [head, get] = [await project.call("HEAD", path), await project.call("GET", path)];
      assert.equal(head.status, get.status, path);
      assert.equal(head.headers.get("content-type"), get.headers.get("content-type"), path);
      assert.equal(head.text, "");
    }
    await project.releaseAll();
  });
});

describe("change", () => {
  test("a new timeout counts from createdAt, longer or shorter", async () => {
    const project = service.newProject();
    const session = await project.live({ timeout: 60_000, metadata: { a: "1" } });
    for (const timeout of [600_000, 90_000]) {
      const { body } = expectStatus(await project.change(session.id, { timeout }), 200);
      checkSession(body, service);
      assert.equal(body.timeout, timeout);
      assert.equal(body.createdAt, session.createdAt);
      assert.equal(body.websocketUrl, session.websocketUrl, "the URLs stay");
      assert.deepEqual(body.metadata, { a: "1" });
    }
    assert.equal((await project.session(session.id)).timeout, 90_000);
    await project.releaseAll();
  });

  test("new metadata replaces all old metadata, also for filters", async () => {
    const project = service.newProject();
    const { id } = await project.live({ metadata: { a: "1", b: "2" } });
    const { body } = await project.change(id, { metadata: { b: "3" } });
    assert.deepEqual(body.metadata, { b: "3" });
    assert.equal(await sum(project, "?metadata[a]=1"), 0);
    assert.equal(await sum(project, "?metadata[b]=3"), 1);
    assert.deepEqual((await project.change(id, { metadata: {} })).body.metadata, {});
    assert.equal(await sum(project, "?metadata[b]=3"), 0);
    await project.releaseAll();
  });

  test("an empty change changes nothing", async () => {
    const project = service.newProject();
    const session = await project.live({ metadata: { a: "1" } });
    for (const body of [undefined, {}, { timeout: null, metadata: null }]) {
      const { body: after } = expectStatus(await project.change(session.id, body), 200);
      assert.equal(after.expiresAt, session.expiresAt);
      assert.deepEqual(after.metadata, session.metadata);
    }
    await project.releaseAll();
  });

  test("an ended session can't be changed", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    await project.release(id);
    expectProblem(await project.change(id, { timeout: 5000 }), 409, "session_ended");
  });

  test("an inactivity timeout of an unwatched session is refused", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    expectProblem(await project.change(id, { inactivityTimeout: 5000 }), 409, "not_watched");
    await project.releaseAll();
  });
});
