// steel-sdk, as published, with another base URL.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";

import Steel from "steel-sdk";

import { NOBODYS_ID, openService } from "./service.mjs";

/**
 * @import { Project } from "./service.mjs"
 *
 * @typedef {Error & {status: number, headers: any, error: any}} ApiError
 */

// One more than any test here creates at once, but for the one about the limit.
const LIVE_SESSIONS_MAX = 6;

const service = await openService({ vars: { LIVE_SESSIONS_MAX: String(LIVE_SESSIONS_MAX) } });
after(() => service.dispose());

/**
 * A client of a project, and how many requests it has sent.
 *
 * @param {Project} project
 * @param {{steelAPIKey?: string | null, maxRetries?: number}} [options]
 */
function clientOf(project, options) {
  /** @type {string[]} */
  const sent = [];
  /** @type {(url: string | URL | Request, init?: RequestInit) => Promise<Response>} */
  const spy = (url, init) => {
    sent.push(`${init?.method}`.toUpperCase());
    return fetch(url, init);
  };
  const client = new Steel({
    steelAPIKey: project.key,
    baseURL: service.url,
    fetch: /** @type {any} */ (spy),
    ...options,
  });
  return { sessions: client.sessions, sent };
}

/**
 * The error that a call is rejected with; it must be of this class, and have been answered at the first try.
 *
 * @param {{sent: string[]}} client
 * @param {() => PromiseLike<unknown>} call
 * @param {new (...args: any[]) => Error} Class
 * @returns {Promise<ApiError>}
 */
async function refusal({ sent }, call, Class) {
  const before = sent.length;
  const error = await call().then(
    () => assert.fail("it was not refused"),
    (/** @type {any} */ reason) => reason,
  );
  assert.ok(/** @type {unknown} */ (error) instanceof Class, String(error));
  assert.equal(sent.length - before, 1, "requests");
  assert.equal(error.message, `${error.status} ${error.error.message}`, "the text is the problem's own");
  return error;
}

// What the published types call required.
const REQUIRED = [
  "id",
  "createdAt",
  "creditsUsed",
  "debugUrl",
  "dimensions",
  "duration",
  "eventCount",
  "optimizeBandwidth",
  "proxyBytesUsed",
  "proxySource",
  "sessionViewerUrl",
  "status",
  "timeout",
  "websocketUrl",
];

test("create, retrieve, live details and release fit the published types", async () => {
  const { sessions } = clientOf(service.project());
  const created = await sessions.create();
  for (const name of REQUIRED) assert.ok(name in created, name);
  assert.equal(created.status, "live");
  assert.equal(created.timeout, 300_000);

  const retrieved = await sessions.retrieve(created.id);
  for (const name of ["id", "createdAt", "status", "websocketUrl", "dimensions"]) {
    assert.deepEqual(Reflect.get(retrieved, name), Reflect.get(created, name), name);
  }

  const details = await sessions.liveDetails(created.id);
  assert.equal(details.wsUrl, created.websocketUrl);
  assert.equal(details.pages.length, 1);
  assert.equal(details.pages[0].url, "about:blank");
  for (const name of ["id", "title", "favicon", "sessionViewerUrl", "sessionViewerFullscreenUrl"]) {
    assert.ok(name in details.pages[0], name);
  }

  const first = await sessions.release(created.id);
  assert.equal(first.success, true);
  assert.equal((await sessions.retrieve(created.id)).status, "released");
  const second = await sessions.release(created.id);
  assert.equal(second.success, true, "again");
  await service.untilChromes(0);
});

// The values that stand in the published examples and wrappers for "not set".
const FALSY = {
  blockAds: false,
  credentials: {},
  debugConfig: {},
  deviceConfig: {},
  experimentalFeatures: [],
  extensionIds: [],
  isSelenium: false,
  namespace: null,
  optimizeBandwidth: false,
  persistProfile: false,
  profileId: null,
  proxyUrl: null,
  region: null,
  sessionContext: {},
  solveCaptcha: false,
  stealthConfig: {},
  useProxy: false,
  userAgent: null,
};

test("unsupported options count as absent if they are falsy", async () => {
  const { sessions } = clientOf(service.project());
  const options = { ...FALSY, headless: true, timeout: 60_000, dimensions: { width: 1280, height: 800 } };
  const session = await sessions.create(options);
  assert.equal(session.status, "live");
  assert.equal(session.timeout, 60_000);
  assert.deepEqual(session.dimensions, options.dimensions);
});

test("unsupported options are refused by name if they are not falsy", async () => {
  const client = clientOf(service.project());
  const asked = { solveCaptcha: true, useProxy: true, proxyUrl: "http://proxy.invalid", extensionIds: ["e"] };
  const error = await refusal(client, () => client.sessions.create(asked), Steel.UnprocessableEntityError);
  const pointers = error.error.errors.map((/** @type {{pointer: string}} */ { pointer }) => pointer);
  assert.deepEqual(
    pointers.toSorted(),
    Object.keys(asked)
      .map((name) => `/${name}`)
      .toSorted(),
  );
  assert.equal(service.chromes().length, 0);
});

test("a list pages automatically, newest first, with each session once", async () => {
  const project = service.project();
  const { sessions, sent } = clientOf(project);
  /** @type {string[]} */
  const created = [];
  for (let count = 0; count < 3; count += 1) created.unshift((await sessions.create()).id);
  await sessions.release(created[1]);
  sent.length = 0;

  const all = [];
  for await (const session of sessions.list({ limit: 1 })) all.push(session);
  assert.deepEqual(
    all.map(({ id }) => id),
    created,
  );
  assert.ok(sent.length >= 3, `${sent.length} pages`);

  const live = [];
  for await (const session of sessions.list({ status: "live", limit: 1 })) live.push(session.id);
  assert.deepEqual(
    live,
    created.filter((id) => id !== created[1]),
  );

  const page = await sessions.list({ limit: 2 });
  assert.deepEqual(
    page.sessions.map(({ id }) => id),
    created.slice(0, 2),
  );
  assert.deepEqual(
    (await page.getNextPage()).sessions.map(({ id }) => id),
    created.slice(2),
  );
});

test("an empty list ends at once", async () => {
  const { sessions, sent } = clientOf(service.project());
  for await (const session of sessions.list()) assert.fail(session.id);
  assert.equal(sent.length, 1);
});

test("release-all ends all sessions, and is idempotent", async () => {
  const { sessions } = clientOf(service.project());
  await Promise.all([sessions.create(), sessions.create()]);
  assert.equal((await sessions.releaseAll()).success, true);
  const left = await sessions.list({ status: "live" });
  assert.deepEqual(left.sessions, []);
  assert.equal((await sessions.releaseAll({})).success, true);
  await service.untilChromes(0);
});

test("a create with the caller's id is idempotent", async () => {
  const { sessions } = clientOf(service.project());
  const sessionId = randomUUID();
  const [one, two] = await Promise.all([1, 2].map(() => sessions.create({ sessionId, timeout: 60_000 })));
  const three = await sessions.create({ sessionId, timeout: 60_000 });
  assert.deepEqual([one.id, two.id, three.id], [sessionId, sessionId, sessionId]);
  assert.equal(one.websocketUrl, three.websocketUrl);
  assert.equal(service.chromes().length, 1);
});

test("a create with a used id and other options is refused", async () => {
  const client = clientOf(service.project());
  const sessionId = randomUUID();
  await client.sessions.create({ sessionId });
  const again = () => client.sessions.create({ sessionId, timeout: 60_000 });
  const error = await refusal(client, again, Steel.UnprocessableEntityError);
  assert.equal(error.error.code, "idempotency_mismatch");
});

test("an unknown session is a NotFoundError in every call", async () => {
  const client = clientOf(service.project());
  const { sessions } = client;
  for (const id of [NOBODYS_ID, "not-an-id"]) {
    for (const call of [sessions.retrieve, sessions.liveDetails, sessions.release]) {
      const error = await refusal(client, () => Reflect.apply(call, sessions, [id]), Steel.NotFoundError);
      assert.equal(error.error.code, "session_not_found");
    }
  }
});

test("a wrong or missing key is an AuthenticationError", async () => {
  const project = service.project();
  const altered = project.key.slice(0, -1) + (project.key.endsWith("A") ? "Q" : "A");
  for (const steelAPIKey of [altered, "wrong", null]) {
    const client = clientOf(project, { steelAPIKey });
    await refusal(client, () => client.sessions.list(), Steel.AuthenticationError);
    await refusal(client, () => client.sessions.create(), Steel.AuthenticationError);
  }
  assert.equal(service.chromes().length, 0);
});

test("a timeout of 0 is an UnprocessableEntityError that names it", async () => {
  const client = clientOf(service.project());
  for (const timeout of [0, -1, 1.5, 999, 86_400_001]) {
    const error = await refusal(client, () => client.sessions.create({ timeout }), Steel.UnprocessableEntityError);
    assert.equal(error.error.errors[0].pointer, "/timeout", `${timeout}`);
  }
});

test("live details of an ended session are a ConflictError without a retry", async () => {
  const client = clientOf(service.project());
  const { id } = await client.sessions.create();
  await client.sessions.release(id);
  const error = await refusal(client, () => client.sessions.liveDetails(id), Steel.ConflictError);
  assert.equal(error.error.code, "session_ended");
});

test("a create above the limit is a RateLimitError", async () => {
  const client = clientOf(service.project(), { maxRetries: 0 });
  await Promise.all(Array.from({ length: LIVE_SESSIONS_MAX }, () => client.sessions.create()));
  const error = await refusal(client, () => client.sessions.create(), Steel.RateLimitError);
  assert.equal(error.error.code, "limit_reached");
  assert.match(error.headers["retry-after"], /^([1-9]|[12]\d|30)$/);
});
