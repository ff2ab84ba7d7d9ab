// What docs/api.md promises, call by call, on a provider where all goes well.

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";

import { answers, breaksOff, gate } from "../browser_run/faults.mjs";
import { expectProblem, expectStatus, ISO, newId, openService, until, UUID } from "./service.mjs";

const LIVE_SESSIONS_MAX = 6;
const vars = { LIVE_SESSIONS_MAX: String(LIVE_SESSIONS_MAX), ALLOWED_ORIGINS: "https://app.example" };
const service = await openService({ vars });
const { provider } = service;

afterEach(() => provider.usual());

const REQUIRED = {
  id: "string",
  status: "string",
  createdAt: "string",
  timeout: "number",
  expiresAt: "string",
  duration: "number",
  websocketUrl: "string",
  debugUrl: "string",
  sessionViewerUrl: "string",
  sessionWatchUrl: "string",
  dimensions: "object",
  creditsUsed: "number",
  eventCount: "number",
  optimizeBandwidth: "object",
  proxyBytesUsed: "number",
  proxySource: "null",
  headless: "boolean",
  isSelenium: "boolean",
  provider: "string",
  connected: "null",
  verifiedAt: "string",
  metadata: "object",
};
const WHEN_SET = [
  "owner",
  "inactivityTimeout",
  "endedAt",
  "releaseReason",
  "failure",
  "closing",
  "region",
  "userAgent",
  "config",
];

const kind = (value) => (value === null ? "null" : typeof value);

function checkSession(session, { host = new URL(service.url).host } = {}) {
  for (const [name, type] of Object.entries(REQUIRED)) {
    assert.ok(Object.hasOwn(session, name), `${name} is there`);
    assert.equal(kind(session[name]), type, `${name} is a ${type}`);
  }
  for (const name of Object.keys(session)) {
    assert.ok(Object.hasOwn(REQUIRED, name) || WHEN_SET.includes(name), `${name} is in the contract`);
  }
  assert.match(session.id, UUID);
  assert.ok(["live", "released", "failed"].includes(session.status));
  for (const name of ["createdAt", "expiresAt", "verifiedAt", "endedAt"]) {
    if (name in session) assert.match(session[name], ISO, name);
  }
  assert.equal(Date.parse(session.createdAt) + session.timeout, Date.parse(session.expiresAt));
  assert.deepEqual(Object.keys(session.dimensions).sort(), ["height", "width"]);
  assert.deepEqual(session.optimizeBandwidth, {});
  assert.equal(session.creditsUsed, Math.ceil(session.duration / 1000));
  const ended = session.status !== "live";
  for (const name of ["endedAt", "releaseReason"]) assert.equal(name in session, ended, name);
  if (ended) assert.equal(session.duration, Date.parse(session.endedAt) - Date.parse(session.createdAt));
  assert.match(session.websocketUrl, new RegExp(`^ws://${host}/v1/sessions/${session.id}/connect\\?token=connect\\.`));
  for (const [name, right] of [
    ["debugUrl", /^interact\./],
    ["sessionViewerUrl", /^interact\./],
    ["sessionWatchUrl", /^view\./],
  ]) {
    const url = new URL(session[name]);
    assert.equal(url.host, host);
    assert.match(url.searchParams.get("token"), right, "whoever looks can't drive");
  }
}

const sum = (project, query) => project.list(query).then(({ body }) => body.totalCount);

describe("create", () => {
  test("answers 201 with a session that is live, and its address", async () => {
    const project = service.newProject();
    const before = Date.now();
    const answer = expectStatus(await project.create({ timeout: 120_000 }), 201);
    const { body: session } = answer;
    checkSession(session);
    assert.equal(session.status, "live");
    assert.equal(session.timeout, 120_000);
    assert.ok(Date.parse(session.createdAt) >= before - 1);
    assert.deepEqual(session.config, { timeout: 120_000 });
    assert.equal(session.provider, "browser-run");
    assert.equal(session.headless, true);
    assert.equal(session.isSelenium, false);
    assert.equal(session.id[14], "7", "an id that is made here is of version 7");
    assert.equal(answer.headers.get("location"), `/v1/sessions/${session.id}`);
    const { body: read } = await project.call("GET", answer.headers.get("location"));
    checkSession(read);
    // What goes on by itself while a session lives.
    const still = (view) => ({ ...view, duration: 0, creditsUsed: 0, verifiedAt: "" });
    assert.deepEqual(still(read), still(session));
    await project.releaseAll();
  });

  test("takes no body, an empty one, and {} alike", async () => {
    const project = service.newProject();
    for (const body of [undefined, "", "  \n", {}]) {
      const session = await project.live(body);
      assert.equal(session.timeout, 300_000, "the default");
      assert.deepEqual(session.metadata, {});
      assert.equal("owner" in session, false);
    }
    await project.releaseAll();
  });

  test("keeps what was asked for: owner, metadata, adapter, size, id", async () => {
    const project = service.newProject();
    const body = {
      sessionId: newId(),
      adapter: "playwright",
      owner: "crawler-7",
      metadata: { run: "12", empty: "" },
      dimensions: { width: 1280, height: 720 },
      headless: true,
    };
    const session = await project.live(body);
    checkSession(session);
    assert.equal(session.id, body.sessionId);
    assert.equal(session.owner, body.owner);
    assert.deepEqual(session.metadata, body.metadata);
    assert.deepEqual(session.dimensions, body.dimensions);
    assert.deepEqual(session.config, body);
    assert.deepEqual(provider.newest().window, body.dimensions, "the window has that size");
    await project.releaseAll();
  });

  test("an id of the caller's is one id in either case", async () => {
    const project = service.newProject();
    const sessionId = newId();
    const session = await project.live({ sessionId: sessionId.toUpperCase() });
    assert.equal(session.id, sessionId);
    expectStatus(await project.get(sessionId.toUpperCase()), 200);
    await project.releaseAll();
  });

  test("asks the provider to keep a browser for as long as its session needs, and no longer", async () => {
    const project = service.newProject();
    for (const [timeout, keepAlive] of [
      [1000, 60_000],
      [300_000, 330_000],
      [3_600_000, 600_000],
    ]) {
      await project.live({ timeout });
      assert.equal(provider.made("acquire").at(-1).keepAlive, keepAlive);
      await project.releaseAll();
    }
  });

  test("tells the window's real size where none was asked for", async () => {
    const project = service.newProject();
    const { dimensions } = await project.live();
    assert.deepEqual(dimensions, provider.newest().window);
    await project.releaseAll();
  });
});

describe("idempotency", () => {
  for (const [name, same] of [
    ["Idempotency-Key", () => [{ owner: "a", metadata: { a: "1", b: "2" } }, { "idempotency-key": newId() }]],
    ["sessionId", () => [{ owner: "a", sessionId: newId() }]],
  ]) {
    test(`the same ${name} with the same body is the same session, ended or not`, async () => {
      const project = service.newProject();
      const [body, headers] = same();
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
      const [body, headers] = same();
      await project.live(body, headers);
      const acquired = provider.made("acquire").length;
      expectProblem(await project.create({ ...body, owner: "b" }, headers), 422, "idempotency_mismatch");
      assert.equal(provider.made("acquire").length, acquired);
      await project.releaseAll();
    });

    test(`the same ${name} five times at once is one browser, and all get it`, async () => {
      const project = service.newProject();
      const [body, headers] = same();
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

  test("the order of fields and white space make no other body", async () => {
    const project = service.newProject();
    const headers = { "idempotency-key": "order" };
    const first = await project.live('{"owner":"a","metadata":{"x":"1","y":"2"}}', headers);
    const again = await project.create('{ "metadata" : {"y":"2","x":"1"}, "owner":"a" }', headers);
    assert.equal(expectStatus(again, 200).body.id, first.id);
    await project.releaseAll();
  });

  test("the same key is another one in another project", async () => {
    const [one, other] = [service.newProject(), service.newProject()];
    const headers = { "idempotency-key": "shared" };
    const sessionId = newId();
    const body = { sessionId };
    await one.live(body, headers);
    await other.live(body, headers);
    await one.release(sessionId);
    assert.equal((await other.session(sessionId)).status, "live", "two sessions of one id, each in its project");
    await other.releaseAll();
  });

  test("a second key for the same sessionId leads to the same session", async () => {
    const project = service.newProject();
    const body = { sessionId: newId() };
    await project.live(body, { "idempotency-key": "one" });
    expectStatus(await project.create(body, { "idempotency-key": "two" }), 200);
    expectProblem(await project.create({}, { "idempotency-key": "two" }), 422, "idempotency_mismatch");
    await project.releaseAll();
  });
});

describe("the limit", () => {
  test("parallel creates can't pass it, and a 429 says who holds the slots and when to try again", async () => {
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
    const byId = (a, b) => (a.id < b.id ? -1 : 1);
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

  test("one project's sessions take no slot of another's", async () => {
    const [one, other] = [service.newProject(), service.newProject()];
    await Promise.all(Array.from({ length: LIVE_SESSIONS_MAX }, () => one.live()));
    await other.live();
    await Promise.all([one.releaseAll(), other.releaseAll()]);
  });
});

describe("retrieve and list", () => {
  test("a session that has ended is still there, with its end", async () => {
    const project = service.newProject();
    const { id } = await project.live({ owner: "a" });
    await project.release(id);
    const session = await project.session(id);
    checkSession(session);
    assert.equal(session.status, "released");
    assert.equal(session.releaseReason, "user_requested");
    const [listed] = (await project.list()).body.sessions;
    checkSession(listed);
    assert.equal(listed.endedAt, session.endedAt);
  });

  test("a GET of a session that is starting waits for the outcome, and no list shows it before", async () => {
    const project = service.newProject();
    const sessionId = newId();
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

  test("a list goes page by page, newest first, to its end and no further", async () => {
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
      body.sessions.forEach((session) => checkSession(session));
      seen.push(...body.sessions.map(({ id }) => id));
      assert.equal(body.nextCursor, page < 2 ? seen.at(-1) : null);
      cursor = `&cursorId=${seen.at(-1)}`;
    }
    assert.deepEqual(seen, ids);
    const { body: past } = expectStatus(await project.list(`?limit=2${cursor}`), 200);
    assert.deepEqual(past, { sessions: [], nextCursor: null, totalCount: 5 });
    assert.equal((await project.list("?limit=5")).body.nextCursor, null, "a page that ends the list says so");
    await project.releaseAll();
  });

  test("a session that comes while somebody pages is not shown twice, and hides none", async () => {
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

  test("filters hold together, and the total counts what they let through", async () => {
    const project = service.newProject();
    await project.live({ owner: "a", metadata: { run: "1", kind: "x" } });
    await project.live({ owner: "a", metadata: { run: "2" } });
    const b = await project.live({ owner: "b", metadata: { run: "1" } });
    await project.release(b.id);
    for (const [query, total] of [
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
    ]) {
      const { body } = expectStatus(await project.list(query), 200);
      assert.equal(body.totalCount, total, query);
      assert.equal(body.sessions.length, total, query);
      const { body: one } = await project.list(`${query}${query ? "&" : "?"}limit=1`);
      assert.equal(one.totalCount, total, `${query}, whatever the page`);
    }
    await project.releaseAll();
  });

  test("a list shows a build's labels, and no more of what was asked for", async () => {
    const project = service.newProject();
    await project.live({ lambdatestOptions: { build: "B1", name: "N1", "LT:Options": { video: true } } });
    const [{ config }] = (await project.list()).body.sessions;
    assert.deepEqual(config, { lambdatestOptions: { build: "B1", name: "N1" } });
    await project.releaseAll();
  });

  test("HEAD answers as GET does, without a body", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    for (const path of ["/v1/sessions", `/v1/sessions/${id}`, "/v1/health", `/v1/sessions/${newId()}`]) {
      const [head, get] = [await project.call("HEAD", path), await project.call("GET", path)];
      assert.equal(head.status, get.status, path);
      assert.equal(head.headers.get("content-type"), get.headers.get("content-type"), path);
      assert.equal(head.text, "");
    }
    await project.releaseAll();
  });
});

describe("change", () => {
  test("a longer timeout extends and a shorter one shortens, both counted from createdAt", async () => {
    const project = service.newProject();
    const session = await project.live({ timeout: 60_000, metadata: { a: "1" } });
    for (const timeout of [600_000, 90_000]) {
      const { body } = expectStatus(await project.change(session.id, { timeout }), 200);
      checkSession(body);
      assert.equal(body.timeout, timeout);
      assert.equal(body.createdAt, session.createdAt);
      assert.equal(body.websocketUrl, session.websocketUrl, "the URLs stay");
      assert.deepEqual(body.metadata, { a: "1" });
    }
    assert.equal((await project.session(session.id)).timeout, 90_000);
    await project.releaseAll();
  });

  test("metadata is replaced as a whole, also for filters", async () => {
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

  test("nothing to change changes nothing", async () => {
    const project = service.newProject();
    const session = await project.live({ metadata: { a: "1" } });
    for (const body of [undefined, {}, { timeout: null, metadata: null }]) {
      const { body: after } = expectStatus(await project.change(session.id, body), 200);
      assert.equal(after.expiresAt, session.expiresAt);
      assert.deepEqual(after.metadata, session.metadata);
    }
    await project.releaseAll();
  });

  test("a session that has ended can't be changed", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    await project.release(id);
    expectProblem(await project.change(id, { timeout: 5000 }), 409, "session_ended");
  });

  test("inactivity can't be limited where nobody observes it", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    expectProblem(await project.change(id, { inactivityTimeout: 5000 }), 409, "not_watched");
    await project.releaseAll();
  });
});

describe("release", () => {
  test("ends the session and closes its browser before it answers", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    const browser = provider.newest();
    const { body } = expectStatus(await project.release(id), 200);
    assert.deepEqual(Object.keys(body).sort(), ["message", "session", "success"]);
    assert.equal(body.success, true);
    assert.equal(typeof body.message, "string");
    checkSession(body.session);
    assert.equal(body.session.status, "released");
    assert.equal(body.session.releaseReason, "user_requested");
    assert.equal("closing" in body.session, false);
    assert.equal(browser.alive, false);
  });

  test("again, and twice at once, is one end and one close", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    const browser = provider.newest();
    const both = await Promise.all([project.release(id), project.release(id)]);
    const again = await project.release(id);
    const ends = [...both, again].map((answer) => expectStatus(answer, 200).body.session);
    assert.equal(new Set(ends.map(({ endedAt }) => endedAt)).size, 1);
    assert.equal(new Set(ends.map(({ releaseReason }) => releaseReason)).size, 1);
    assert.equal(provider.made("close", browser).length, 1);
  });

  test("takes an empty JSON body, as published clients send it", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    const headers = { "content-type": "application/json" };
    expectStatus(await project.call("POST", `/v1/sessions/${id}/release`, { headers, body: "" }), 200);
    expectStatus(await project.call("POST", `/v1/sessions/${id}/release`, { headers, body: "{}" }), 200);
  });
});

describe("release all", () => {
  test("takes what its filters name, and spares the rest", async () => {
    const project = service.newProject();
    const a = await project.live({ owner: "a", metadata: { run: "1" } });
    const b = await project.live({ owner: "a", metadata: { run: "2" } });
    const c = await project.live({ owner: "c", metadata: { run: "1" } });
    const release = async (query) => {
      const { body } = expectStatus(await project.releaseAll(query), 200);
      assert.deepEqual(Object.keys(body).sort(), ["message", "results", "success"]);
      assert.equal(body.success, true);
      return body.results;
    };
    assert.deepEqual(await release("?owner=nobody"), []);
    assert.deepEqual(await release("?owner=a&metadata[run]=1"), [{ id: a.id, outcome: "released" }]);
    assert.deepEqual(
      await release(`?createdBefore=${c.createdAt}&metadata[run]=1`),
      [],
      "not the one created just then",
    );
    assert.deepEqual(await release(`?createdBefore=${encodeURIComponent(c.createdAt)}`), [
      { id: b.id, outcome: "released" },
    ]);
    assert.equal((await project.session(c.id)).status, "live");
    assert.deepEqual(await release(""), [{ id: c.id, outcome: "released" }]);
    assert.deepEqual(await release(""), [], "safe to repeat");
    assert.equal(await sum(project, "?status=released"), 3);
  });

  test("a dry run says what would end, and ends nothing", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    for (const word of ["true", "1"]) {
      const { body } = expectStatus(await project.releaseAll(`?dryRun=${word}`), 200);
      assert.deepEqual(body.results, [{ id, outcome: "would_release" }]);
    }
    assert.equal((await project.session(id)).status, "live");
    const { body } = await project.releaseAll("?dryRun=false");
    assert.deepEqual(body.results, [{ id, outcome: "released" }]);
  });

  test("says which browsers the provider has not closed yet", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    provider.always("close", answers(500), provider.newest());
    const { body } = expectStatus(await project.releaseAll(), 200);
    assert.deepEqual(body.results, [{ id, outcome: "closing" }]);
    provider.usual();
    await project.ended(id);
  });

  test("takes sessions that are starting as well", async () => {
    const project = service.newProject();
    const held = gate();
    provider.next("acquire", held.reaction);
    const created = project.create({ owner: "slow" });
    await held.arrived;
    const { body } = expectStatus(await project.releaseAll("?owner=slow"), 200);
    assert.equal(body.results.length, 1);
    expectProblem(await created, 409, "released_while_starting");
    held.open();
    await until("the late browser is closed", () => provider.newest().alive === false);
  });

  test("leaves another project alone", async () => {
    const [one, other] = [service.newProject(), service.newProject()];
    const { id } = await other.live({ owner: "a" });
    await one.releaseAll();
    await one.releaseAll("?owner=a");
    assert.equal((await other.session(id)).status, "live");
    await other.releaseAll();
  });
});

describe("live details", () => {
  test("are the browser's real tabs, with URLs that lead here", async () => {
    const project = service.newProject();
    const session = await project.live();
    const { targets } = provider.newest();
    targets[0].url = "https://example.com/?a=b";
    const { body } = expectStatus(await project.call("GET", `/v1/sessions/${session.id}/live-details`), 200);
    const names = [
      "browserState",
      "pages",
      "sessionViewerFullscreenUrl",
      "sessionViewerUrl",
      "sessionWatchUrl",
      "websocketUrl",
      "wsUrl",
    ];
    assert.deepEqual(Object.keys(body).sort(), names);
    assert.equal(body.wsUrl, session.websocketUrl);
    assert.equal(body.websocketUrl, session.websocketUrl);
    assert.equal(body.sessionViewerUrl, session.sessionViewerUrl);
    assert.equal(body.sessionWatchUrl, session.sessionWatchUrl);
    assert.equal(body.pages.length, 1);
    const [page] = body.pages;
    assert.deepEqual(Object.keys(page).sort(), [
      "favicon",
      "id",
      "sessionViewerFullscreenUrl",
      "sessionViewerUrl",
      "title",
      "url",
    ]);
    assert.equal(page.id, targets[0].id);
    assert.equal(page.url, "https://example.com/?a=b");
    assert.equal(new URL(page.sessionViewerUrl).searchParams.get("page"), page.id);
    await project.releaseAll();
  });

  test("of a session that has ended are a conflict", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    await project.release(id);
    expectProblem(await project.call("GET", `/v1/sessions/${id}/live-details`), 409, "session_ended");
  });

  test("of a browser that does not answer as one are the provider's failure", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    const path = `/v1/sessions/${id}/live-details`;
    for (const [reaction, status, code] of [
      [answers(200, { body: "<html>" }), 502, "provider_error"],
      [answers(200, { body: { not: "a list" } }), 502, "provider_error"],
      [answers(500), 502, "provider_error"],
    ]) {
      provider.next("json", reaction);
      expectProblem(await project.call("GET", path), status, code);
    }
    expectStatus(await project.call("GET", path), 200);
    await project.releaseAll();
  });
});

describe("DevTools' own endpoints", () => {
  const path = (session, rest) => `/v1/sessions/${session.id}/json${rest}`;
  const token = (session) => new URL(session.websocketUrl).search;

  test("lead through this host, with this session's token", async () => {
    const project = service.newProject();
    const session = await project.live();
    const { host } = new URL(service.url);
    for (const rest of ["/version", "/version/"]) {
      const { body } = expectStatus(await service.send("GET", path(session, rest) + token(session)), 200);
      assert.equal(body.webSocketDebuggerUrl, session.websocketUrl);
      assert.equal(body.Browser, "Chrome/1.2.3.4");
    }
    for (const rest of ["", "/", "/list", "/list/"]) {
      const { body } = expectStatus(await service.send("GET", path(session, rest) + token(session)), 200);
      const [target] = provider.newest().targets;
      const socket = `ws://${host}/v1/sessions/${session.id}/page/${target.id}${token(session)}`;
      assert.equal(body[0].webSocketDebuggerUrl, socket);
      const frontend = new URL(body[0].devtoolsFrontendUrl);
      assert.equal(`ws://${frontend.searchParams.get("ws")}`, socket);
      assert.equal(JSON.stringify(body).includes(new URL(provider.url).host), false);
    }
    const { body: protocol } = expectStatus(await project.call("GET", path(session, "/protocol")), 200);
    assert.equal(protocol.version.major, "1");
    await project.releaseAll();
  });

  test("open, show and close tabs", async () => {
    const project = service.newProject();
    const session = await project.live();
    const { targets } = provider.newest();
    for (const [query, url] of [
      ["", "about:blank"],
      ["?url=https%3A%2F%2Fexample.com%2F%3Fa%3Db%26c%3Dd", "https://example.com/?a=b&c=d"],
      ["?https://example.com/", "https://example.com/"],
      // Chrome's own form takes all that follows the question mark; beside it a client of ours has its token.
      ["?https://example.com/?a=b&c=d%20e", "https://example.com/?a=b&c=d e"],
      [`?https://example.com/?a=b&${token(session).slice(1)}`, "https://example.com/?a=b"],
    ]) {
      const { body } = expectStatus(await project.call("PUT", path(session, `/new${query}`)), 200);
      assert.equal(targets.at(-1).url, url);
      assert.equal(body.id, targets.at(-1).id);
      const activated = expectStatus(await project.call("GET", path(session, `/activate/${body.id}`)), 200);
      assert.match(activated.text, /activated/i);
      expectStatus(await project.call("GET", path(session, `/close/${body.id}`)), 200);
      assert.equal(targets.length, 1);
      expectProblem(await project.call("GET", path(session, `/close/${body.id}`)), 404, "target_not_found");
      expectProblem(await project.call("GET", path(session, `/activate/${body.id}`)), 404, "target_not_found");
    }
    await project.releaseAll();
  });

  test("tell an unknown tab from a provider that fails", async () => {
    const project = service.newProject();
    const session = await project.live();
    const [{ id }] = provider.newest().targets;
    for (const [reaction, status, code] of [
      [answers(500), 502, "provider_error"],
      [breaksOff, 502, "provider_error"],
      [answers(404), 404, "target_not_found"],
    ]) {
      for (const rest of [`/activate/${id}`, `/close/${id}`]) {
        provider.always("json", reaction);
        expectProblem(await project.call("GET", path(session, rest)), status, code);
        provider.usual();
      }
    }
    assert.equal(provider.newest().targets.length, 1);
    await project.releaseAll();
  });

  test("who may only look gets nothing to drive with", async () => {
    const project = service.newProject();
    const session = await project.live();
    for (const [url, more] of [
      [session.sessionViewerUrl, ["connect."]],
      [session.sessionWatchUrl, ["connect.", "interact."]],
    ]) {
      const search = `?token=${new URL(url).searchParams.get("token")}`;
      for (const rest of ["/version", "/list"]) {
        const { text } = expectStatus(await service.send("GET", path(session, rest) + search), 200);
        for (const right of more) assert.equal(text.includes(right), false, right);
      }
      expectProblem(await service.send("PUT", path(session, "/new") + search), 403, "forbidden");
      const [{ id }] = provider.newest().targets;
      expectProblem(await service.send("GET", path(session, `/activate/${id}`) + search), 403, "forbidden");
      expectProblem(await service.send("GET", path(session, `/close/${id}`) + search), 403, "forbidden");
    }
    await project.releaseAll();
  });

  test("of a session that has ended are gone", async () => {
    const project = service.newProject();
    const session = await project.live();
    await project.release(session.id);
    expectProblem(await service.send("GET", path(session, "/list") + token(session)), 410, "session_gone");
  });
});

describe("every answer", () => {
  test("the key is taken from three headers", async () => {
    const project = service.newProject();
    for (const headers of [
      { authorization: `Bearer ${project.key}` },
      { authorization: `bearer ${project.key}` },
      { "steel-api-key": project.key },
      { "x-api-key": project.key },
      { "steel-api-key": "", "x-api-key": project.key },
    ]) {
      expectStatus(await service.send("GET", "/v1/sessions", { headers }), 200);
    }
  });

  test("health needs no key", async () => {
    const { body } = expectStatus(await service.send("GET", "/v1/health"), 200);
    assert.equal(body.status, "ok");
    assert.equal(body.configured, true);
    assert.match(body.version, /^\d+\.\d+\.\d+/);
  });

  test("health counts what the provider has not confirmed to be closed, as of the last sweep", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    const browser = provider.newest();
    provider.always("close", answers(500), browser);
    await project.release(id);
    const health = async () => expectStatus(await service.send("GET", "/v1/health"), 200).body;
    await service.cron();
    const during = await health();
    assert.equal(during.closing, 1);
    assert.match(during.sweptAt, ISO);
    provider.usual();
    await project.ended(id);
    await service.cron();
    const after = await health();
    assert.equal(after.closing, 0);
    assert.ok(after.sweptAt > during.sweptAt);
  });

  test("no two have the same request id", async () => {
    const project = service.newProject();
    const made = await Promise.all(Array.from({ length: 20 }, () => project.list()));
    assert.equal(new Set(made.map(({ headers }) => headers.get("x-request-id"))).size, 20);
  });

  test("a page of another origin may send what published clients send", async () => {
    // What steel-sdk adds to each request, beside the contract's own headers.
    const stainless = ["lang", "package-version", "os", "arch", "runtime", "runtime-version", "retry-count", "timeout"];
    const sent = [
      "authorization",
      "content-type",
      "idempotency-key",
      "last-event-id",
      "steel-api-key",
      "x-api-key",
      ...stainless.map((name) => `x-stainless-${name}`),
    ];
    for (const method of ["GET", "POST", "PATCH", "PUT"]) {
      const headers = {
        origin: "https://app.example",
        "access-control-request-method": method,
        "access-control-request-headers": sent.join(","),
      };
      const answer = await service.send("OPTIONS", "/v1/sessions", { headers });
      expectStatus(answer, 204);
      assert.equal(answer.text, "");
      const split = (name) => (answer.headers.get(name) ?? "").toLowerCase().split(/, */);
      assert.ok(split("access-control-allow-methods").includes(method.toLowerCase()), method);
      const allowed = split("access-control-allow-headers");
      // `*` stands for every header but this one.
      assert.ok(allowed.includes("authorization"));
      for (const name of sent) assert.ok(allowed.includes(name) || allowed.includes("*"), name);
    }
  });
});
