// What each call asks, and what it gives.

import { ID, equal, idOf, isPage, json, ok, rejection, replace, scenario, sessionOf, until } from "./stub.js";

const page = (sessions, nextCursor = null) => json({ sessions, nextCursor, totalCount: 7 });

export const each_call_makes_its_request = scenario(async ({ client, service }) => {
  const details = { pages: [], wsUrl: "w", websocketUrl: "w", sessionViewerUrl: "v", sessionViewerFullscreenUrl: "f" };
  const released = { success: true, message: "m", session: sessionOf({ status: "released" }) };
  const before = new Date("2026-11-22T17:48:23.000Z");
  const all = { success: true, message: "m", results: [{ id: ID, outcome: "would_release" }] };
  const options = { timeout: 60_000, metadata: { run: "7" }, lambdatestOptions: {}, onDisconnect: undefined };
  const filter = { status: "live", owner: "a b", metadata: { "k&": "v" }, limit: 2, cursorId: ID };
  for (const [call, answer, line, body] of [
    [(s) => s.create(), sessionOf(), "POST /v1/sessions", {}],
    [
      (s) => s.create(options),
      sessionOf(),
      "POST /v1/sessions",
      { timeout: 60_000, metadata: { run: "7" }, lambdatestOptions: {} },
    ],
    [(s) => s.retrieve(ID), sessionOf(), `GET /v1/sessions/${ID}`],
    [(s) => s.list(), { sessions: [], nextCursor: null, totalCount: 0 }, "GET /v1/sessions"],
    [
      (s) => s.list(filter),
      { sessions: [], nextCursor: null, totalCount: 0 },
      `GET /v1/sessions?status=live&owner=a+b&metadata%5Bk%26%5D=v&limit=2&cursorId=${ID}`,
    ],
    [(s) => s.update(ID, { timeout: 5000 }), sessionOf(), `PATCH /v1/sessions/${ID}`, { timeout: 5000 }],
    [(s) => s.release(ID), released, `POST /v1/sessions/${ID}/release`],
    [(s) => s.releaseAll(), all, "POST /v1/sessions/release"],
    [
      (s) => s.releaseAll({ owner: "x", metadata: { a: "b" }, createdBefore: before, dryRun: true }),
      all,
      "POST /v1/sessions/release?owner=x&metadata%5Ba%5D=b&createdBefore=2026-11-22T17%3A48%3A23.000Z&dryRun=true",
    ],
    [
      (s) => s.releaseAll({ createdBefore: "2026-11-22T17:48:23+01:00" }),
      all,
      "POST /v1/sessions/release?createdBefore=2026-11-22T17%3A48%3A23%2B01%3A00",
    ],
    [(s) => s.liveDetails(ID), details, `GET /v1/sessions/${ID}/live-details`],
  ]) {
    service.requests = [];
    service.answers(json(answer));
    equal(await call(client().sessions), Array.isArray(answer.sessions) ? answer.sessions : answer, line);
    equal(service.lines, [line]);
    const [request] = service.requests;
    equal(request.body && JSON.parse(request.body), body, "the body");
    equal(request.headers.authorization, "Bearer tw_key");
    equal(request.headers["content-type"], body && "application/json");
    equal(request.redirect, "manual");
  }
});

export const a_picture_is_a_blob = scenario(async ({ client, service }) => {
  const bytes = Uint8Array.of(0xff, 0xd8, 0xff);
  for (const [options, line] of [
    [undefined, `GET /v1/sessions/${ID}/picture`],
    [{}, `GET /v1/sessions/${ID}/picture`],
    [{ width: 640, timeoutMs: 5000 }, `GET /v1/sessions/${ID}/picture?width=640`],
  ]) {
    service.requests = [];
    service.answers(() => new Response(bytes, { headers: { "content-type": "image/jpeg" } }));
    const picture = await client().sessions.picture(ID, options);
    equal([picture.type, [...new Uint8Array(await picture.arrayBuffer())]], ["image/jpeg", [...bytes]]);
    equal(service.lines, [line]);
  }
  service.answers(json({ code: "no_picture", detail: "d" }, 409));
  equal((await rejection(client().sessions.picture(ID))).code, "no_picture");
});

export const a_session_is_data_with_methods = scenario(async ({ client, service }) => {
  const { sessions } = client();
  service.answers(json(sessionOf(), 201));
  const session = await sessions.create();
  equal(Object.keys(session), Object.keys(sessionOf()), "its fields");
  equal(structuredClone(session), sessionOf(), "a copy");
  ok(Object.getPrototypeOf({ ...session }) === Object.prototype, "a spread copy is plain");
  service.answers(json({ success: true, message: "m", session: sessionOf({ status: "released" }) }));
  equal((await session.release()).session.status, "released");
  await session[Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]();
  equal(service.lines.slice(1), Array(2).fill(`POST /v1/sessions/${ID}/release`));
});

export const a_list_is_an_array_that_knows_the_next_page = scenario(async ({ client, service }) => {
  service.answers(page([sessionOf(), sessionOf({ id: idOf(2) })], idOf(2)));
  const listed = await client().sessions.list();
  ok(Array.isArray(listed), "it is an array");
  equal(
    listed.map(({ id }) => id),
    [ID, idOf(2)],
  );
  equal([listed.nextCursor, listed.totalCount, Object.keys(listed).length], [idOf(2), 7, 2]);
  equal(typeof listed[1].extend, "function");
});

export const an_iterator_walks_all_pages = scenario(async ({ client, service }) => {
  service.answers(
    page([sessionOf({ id: idOf(1) }), sessionOf({ id: idOf(2) })], idOf(2)),
    page([sessionOf({ id: idOf(3) })]),
  );
  const seen = [];
  for await (const { id } of client().sessions.iterate({ status: "live", limit: 2 })) seen.push(id);
  equal(seen, [1, 2, 3].map(idOf));
  const first = "GET /v1/sessions?status=live&limit=2";
  equal(service.lines, [first, `${first}&cursorId=${idOf(2)}`]);
});

export const the_owner_of_the_client_is_in_creates_and_in_a_release_of_all = scenario(async ({ client, service }) => {
  const { sessions } = client({ owner: "crawler" });
  service.answers(json(sessionOf()));
  for (const [options, owner] of [
    [undefined, "crawler"],
    [{ owner: "other" }, "other"],
    [{ owner: null }, null],
  ]) {
    await sessions.create(options);
    equal(JSON.parse(service.requests.at(-1).body), { owner });
  }
  service.answers(json({ success: true, message: "m", results: [] }));
  for (const [filter, query] of [
    [undefined, "?owner=crawler"],
    [{ owner: "x" }, "?owner=x"],
    [{ owner: null }, ""],
  ]) {
    await sessions.releaseAll(filter);
    equal(service.lines.at(-1), `POST /v1/sessions/release${query}`);
  }
  service.answers(page([]));
  await sessions.list();
  equal(service.lines.at(-1), "GET /v1/sessions");
});

export const extend_adds_to_what_the_service_knows = scenario(async ({ client, service }) => {
  service.answers(json(sessionOf()), json(sessionOf({ timeout: 90_000 })), json(sessionOf({ timeout: 95_000 })));
  const session = await client().sessions.create();
  ok((await session.extend(5000)) === session, "it is the same session");
  equal(JSON.parse(service.requests[2].body), { timeout: 95_000 });
  equal(session.timeout, 95_000);
  for (const ms of [1.5, NaN, "5", undefined]) {
    const error = await rejection(session.extend(ms));
    equal(
      error.errors.map(({ pointer }) => pointer),
      ["/ms"],
    );
  }
  equal(service.requests.length, 3);
});

export const five_hundred_calls_at_once_get_their_own_answers = scenario(async ({ client, service }) => {
  const waiting = [];
  service.answers((request) => new Promise((resolve) => waiting.push([request, resolve])));
  const { sessions } = client();
  const calls = Array.from({ length: 500 }, (_, n) => sessions.retrieve(idOf(n)));
  await until("all requests", () => waiting.length === 500);
  for (const [{ url }, resolve] of waiting.reverse()) resolve(json(sessionOf({ id: url.split("/").at(-1) })));
  const answered = await Promise.all(calls);
  equal(
    answered.map(({ id }) => id),
    Array.from({ length: 500 }, (_, n) => idOf(n)),
  );
});

export const a_global_fetch_is_taken_as_it_is_at_each_call = scenario(async ({ client, service }) => {
  const { sessions } = client({ fetch: undefined });
  service.answers(json(sessionOf()));
  const putBack = replace(globalThis, "fetch", service.fetch);
  try {
    await sessions.retrieve(ID);
  } finally {
    putBack();
  }
  equal(service.lines, [`GET /v1/sessions/${ID}`]);
});

export const puppeteer_and_playwright_are_given_the_websocket_url = scenario(async ({ client }) => {
  const seen = [];
  const puppeteer = { connect: async (options) => seen.push(options) };
  const playwright = { chromium: { connectOverCDP: async (...given) => seen.push(given) } };
  const tidewatch = client();
  const session = sessionOf();
  await tidewatch.puppeteer.connect(session, { puppeteer, connectOptions: { slowMo: 5 } });
  await tidewatch.playwright.connect(session, { playwright, connectOptions: { timeout: 5 } });
  equal(seen, [
    { defaultViewport: null, slowMo: 5, browserWSEndpoint: session.websocketUrl },
    [session.websocketUrl, { timeout: 5 }],
  ]);
  for (const [given, options, pointer] of [
    [{}, { puppeteer }, "/session"],
    [null, { puppeteer }, "/session"],
    [session, { puppeteer: {} }, "/puppeteer"],
    [session, { puppeteer, playwright }, "/playwright"],
    [session, { puppeteer, connectOptions: 5 }, "/connectOptions"],
    [session, 5, ""],
  ]) {
    equal(
      (await rejection(tidewatch.puppeteer.connect(given, options))).errors.map((error) => error.pointer),
      [pointer],
    );
  }
});

export const a_library_that_is_not_given_is_looked_for = scenario(async ({ client }) => {
  const tidewatch = client();
  const session = sessionOf();
  const missing = async (connector, name) => {
    const error = await rejection(connector.connect(session));
    equal([error.code, error.retryable], ["library_missing", false], error.message);
    ok(error.message.includes(`npm install ${name}`) && error.cause instanceof Error, error.message);
  };
  // A page knows no module by such a name.
  const installed = isPage ? undefined : onlyInstalled();
  try {
    await missing(tidewatch.puppeteer, "puppeteer-core");
    await missing(tidewatch.playwright, "playwright-core");
    if (!installed) return;
    installed.add("puppeteer", "export const connect = async (options) => options");
    equal((await tidewatch.puppeteer.connect(session)).browserWSEndpoint, session.websocketUrl);
    installed.add("playwright", "export default { chromium: { connectOverCDP: async (url) => url } }");
    equal(await tidewatch.playwright.connect(session), session.websocketUrl);
  } finally {
    installed?.putBack();
  }
});

/** A Node in which of the libraries only those are installed that are added, whatever lies around. */
function onlyInstalled() {
  const sources = new Map();
  const hooks = process.getBuiltinModule("node:module").registerHooks({
    resolve(name, context, next) {
      if (!/^(puppeteer|playwright)(-core)?$/.test(name)) return next(name, context);
      if (!sources.has(name)) throw new Error(`there is no ${name}`);
      return { url: `data:text/javascript,${encodeURIComponent(sources.get(name))}`, shortCircuit: true };
    },
  });
  return { add: (name, source) => sources.set(name, source), putBack: () => hooks.deregister() };
}
