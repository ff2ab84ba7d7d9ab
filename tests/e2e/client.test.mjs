// The client package in Node, on sessions of the service.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";

import * as playwright from "playwright-core";
import puppeteer from "puppeteer-core";

import { listenLocally } from "../support/local_server.mjs";
import { clientOf, Tidewatch, TidewatchError } from "./client_package.mjs";
import { NOBODYS_ID, openService } from "./service.mjs";
import { openTideSite } from "./site.mjs";

/**
 * @import { RequestListener } from "node:http"
 * @import { SessionData, UsagePeriod } from "../../src/client/types.ts"
 */

const service = await openService();
const site = await openTideSite();
after(async () => {
  await service.dispose();
  await site.close();
});

/** @param {SessionData[]} sessions */
const ids = (sessions) => sessions.map((/** @type {{id: string}} */ { id }) => id);

test("a session can be created, retrieved, changed and released, with the service's answers", async () => {
  const project = service.project();
  const { sessions } = clientOf(project, { owner: "crawler-7" });
  const session = await sessions.create({ timeout: 60_000, inactivityTimeout: 50_000, metadata: { run: "12" } });
  assert.equal(service.chromes().length, 1);
  assert.deepEqual([session.status, session.owner, session.timeout], ["live", "crawler-7", 60_000]);

  const found = await sessions.retrieve(session.id);
  const { websocketUrl, expiresAt, metadata } = await project.get(session.id);
  assert.deepEqual([found.websocketUrl, found.expiresAt, found.metadata], [websocketUrl, expiresAt, metadata]);

  const details = await sessions.liveDetails(session.id);
  assert.equal(details.wsUrl, session.websocketUrl);
  assert.deepEqual(
    details.pages.map((/** @type {{url: string}} */ { url }) => url),
    ["about:blank"],
  );

  const changed = await sessions.update(session.id, { inactivityTimeout: 40_000, metadata: { run: "13" } });
  assert.deepEqual([changed.inactivityTimeout, changed.metadata], [40_000, { run: "13" }]);
  await session.extend(30_000);
  assert.equal(session.timeout, 90_000);
  assert.equal((await project.get(session.id)).timeout, 90_000);

  const { success, session: released } = await session.release();
  assert.deepEqual([success, released.status, released.releaseReason], [true, "released", "user_requested"]);
  await service.untilChromes(0);
  assert.equal((await sessions.release(session.id)).success, true, "again");
  assert.equal((await sessions.retrieve(session.id)).status, "released");
});

test("a subscriber gets a session's events, and usage counts the session", async () => {
  const project = service.project();
  const client = clientOf(project);
  const events = client.events();
  const next = async () => (await events.next()).value;
  assert.equal((await next()).type, "ready");
  const session = await client.sessions.create();
  const created = await next();
  assert.deepEqual([created.type, created.sessionId, created.session.status], ["session.created", session.id, "live"]);
  assert.equal((await client.usage()).now.live, 1);
  await session.release();
  assert.equal((await next()).type, "session.ended");
  // Nobody waits for the other.
  assert.deepEqual([(await next()).type, (await next()).type].sort(), ["session.closed", "session.recorded"]);
  await events.return();
  const { periods } = await client.usage({ by: "day" });
  assert.equal(
    periods.reduce((/** @type {number} */ sum, /** @type {UsagePeriod} */ { sessions }) => sum + sessions, 0),
    1,
  );
});

test("a list can be filtered and paged", async () => {
  const { sessions } = clientOf(service.project(), { owner: "crawler" });
  const [first, second] = [
    await sessions.create({ metadata: { run: "1" } }),
    await sessions.create({ owner: "other" }),
  ];
  const page = await sessions.list({ status: "live", limit: 1 });
  assert.deepEqual(ids(page), [second.id]);
  assert.deepEqual([page.totalCount, page.nextCursor], [2, second.id]);
  assert.deepEqual(ids(await sessions.list({ cursorId: page.nextCursor })), [first.id]);
  assert.deepEqual(ids(await sessions.list({ owner: "crawler", metadata: { run: "1" } })), [first.id]);
  assert.deepEqual(ids(await Array.fromAsync(sessions.iterate({ limit: 1 }))), [second.id, first.id]);
});

test("a release of all ends one owner's sessions, or all sessions", async () => {
  const project = service.project();
  const [one, other] = [clientOf(project, { owner: "one" }), clientOf(project, { owner: "other" })];
  const [mine, theirs] = [await one.sessions.create(), await other.sessions.create()];
  const dry = await one.sessions.releaseAll({ owner: null, dryRun: true });
  assert.deepEqual(
    dry.results.map((/** @type {{outcome: string}} */ { outcome }) => outcome),
    ["would_release", "would_release"],
  );
  assert.deepEqual(ids((await one.sessions.releaseAll()).results), [mine.id]);
  assert.equal((await other.sessions.retrieve(theirs.id)).status, "live");
  assert.deepEqual(ids((await one.sessions.releaseAll({ owner: null, createdBefore: new Date() })).results), [
    theirs.id,
  ]);
  await service.untilChromes(0);
});

test("await using releases at the end of the block, also on an exception", async () => {
  const project = service.project();
  const client = clientOf(project);
  /** @type {string[]} */
  const visited = [];
  /** @param {boolean} fails */
  const visit = async (fails) => {
    await using session = await client.sessions.create();
    visited.push(session.id);
    assert.equal(service.chromes().length, 1);
    if (fails) throw new Error("in the block");
  };
  await visit(false);
  await assert.rejects(visit(true), /in the block/);
  for (const id of visited) assert.equal((await project.get(id)).releaseReason, "user_requested");
  assert.equal(visited.length, 2);
});

test("puppeteer drives a session, whether it is installed or passed in", async () => {
  const client = clientOf(service.project());
  const session = await client.sessions.create({ dimensions: { width: 900, height: 700 } });
  for (const options of [undefined, { puppeteer, connectOptions: { protocolTimeout: 20_000 } }]) {
    const browser = await client.puppeteer.connect(session, options);
    const page = await browser.newPage();
    await page.goto(`${site.url}/`);
    assert.equal(await page.title(), "Tide");
    assert.equal(await page.evaluate(() => outerWidth), 900, "the window is as it was asked for");
    await browser.disconnect();
  }
  assert.equal((await client.sessions.retrieve(session.id)).status, "live");
});

test("playwright drives a session, whether it is installed or passed in", async () => {
  const client = clientOf(service.project());
  const session = await client.sessions.create({ adapter: "playwright" });
  for (const options of [undefined, { playwright, connectOptions: { timeout: 20_000 } }]) {
    const browser = await client.playwright.connect(session, options);
    const page = await browser.contexts()[0].newPage();
    await page.goto(`${site.url}/`);
    assert.equal(await page.title(), "Tide");
    await browser.close();
  }
  assert.equal((await client.sessions.retrieve(session.id)).status, "live");
});

test("a refusal of the service is an error with the service's message", async () => {
  const project = service.project();
  const { sessions } = clientOf(project);
  const refusal = async (/** @type {Promise<unknown>} */ call, /** @type {object} */ expected) => {
    const error = await call.then(
      () => assert.fail("it was not refused"),
      (/** @type {import("../../src/client/types.ts").TidewatchError} */ error) => error,
    );
    assert.ok(error instanceof TidewatchError);
    assert.deepEqual([error.status, error.code, error.retryable], expected);
    assert.match(`${error.requestId ?? ""}`, /./);
    return error;
  };
  await refusal(sessions.retrieve(NOBODYS_ID), [404, "session_not_found", false]);
  const { errors } = await refusal(sessions.create({ region: "weur", userAgent: "me" }), [
    422,
    "invalid_request",
    false,
  ]);
  assert.deepEqual(
    errors.map((/** @type {{pointer: string}} */ { pointer }) => pointer),
    ["/region", "/userAgent"],
  );
  const session = await sessions.create();
  await refusal(sessions.update(session.id, { inactivityTimeout: 5000 }), [409, "not_watched", false]);
  await session.release();
  await refusal(sessions.liveDetails(session.id), [409, "session_ended", false]);
  const stranger = new Tidewatch({ baseUrl: service.url, apiKey: `${project.key}x` });
  await refusal(stranger.sessions.list(), [401, "invalid_key", false]);
  await service.untilChromes(0);
});

test("a redirect to another origin carries no key", async (t) => {
  const project = service.project();
  /** @type {unknown[]} */
  const reached = [];
  const elsewhere = await listen(t, (request, response) => {
    reached.push(request.headers);
    response
      .writeHead(200, { "content-type": "application/json" })
      .end('{"sessions":[],"nextCursor":null,"totalCount":0}');
  });
  /** @type {unknown[]} */
  const asked = [];
  const front = await listen(t, (request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(Number(request.url?.slice(1, 4)), { location: `${elsewhere}${request.url}` }).end();
  });
  for (const status of [301, 302, 303, 307, 308]) {
    const { sessions } = clientOf(project, { baseUrl: `${front}/${status}` });
    await assert.rejects(sessions.list(), { name: "TidewatchError", code: "redirected" });
    await assert.rejects(sessions.create(), { code: "redirected" });
  }
  assert.deepEqual(asked, Array(10).fill(`Bearer ${project.key}`));
  assert.deepEqual(reached, []);
});

/**
 * @param {test.TestContext} t
 * @param {RequestListener} answer
 */
async function listen(t, answer) {
  const { url, close } = await listenLocally(createServer(answer));
  t.after(close);
  return url;
}
