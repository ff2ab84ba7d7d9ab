// What a call rejects with.

import { ID, equal, json, ok, problem, rejection, scenario, sessionOf, thrown } from "./stub.js";

const once = { retry: { maxRetries: 0 } };

export const arguments_that_can_not_be_used_are_named_before_any_request = scenario(async ({ client, service }) => {
  const { sessions } = client();
  const circle = {};
  circle.circle = circle;
  const throwing = Object.defineProperty({}, "timeout", {
    enumerable: true,
    get() {
      throw new Error("no");
    },
  });
  const create = (options, call) => () => sessions.create(options, call);
  for (const [call, ...pointers] of [
    [create(5), ""],
    [create([]), ""],
    [create(() => {}), ""],
    [create(throwing), ""],
    [create({ timeout: "60000" }), "/timeout"],
    [create({ timeout: NaN }), "/timeout"],
    [create({ timeout: 0 }), "/timeout"],
    [create({ timeout: 1500.5 }), "/timeout"],
    [create({ timeout: 60_000n }), "/timeout"],
    [create({ timeout: () => 60_000 }), "/timeout"],
    [create({ timeOut: 60_000 }), "/timeOut"],
    [create({ "a/b~c": 1 }), "/a~1b~0c"],
    [create({ toJSON: () => ({}) }), ""],
    [create({ wait: 60_001 }), "/wait"],
    [create({ owner: "" }), "/owner"],
    [create({ owner: "x".repeat(257) }), "/owner"],
    [create({ adapter: "cypress" }), "/adapter"],
    [create({ onDisconnect: true }), "/onDisconnect"],
    [create({ sessionId: "mine" }), "/sessionId"],
    [create({ recording: 1 }), "/recording"],
    [create({ metadata: [] }), "/metadata"],
    [create({ metadata: new Map([["a", "b"]]) }), "/metadata"],
    [create({ metadata: { a: 1, b: "x", c: null } }), "/metadata/a", "/metadata/c"],
    [create({ dimensions: { width: 800, depth: 3 } }), "/dimensions/depth"],
    [create({ debugConfig: { interactive: "no" } }), "/debugConfig/interactive"],
    [create({ lambdatestOptions: { f() {} } }), "/lambdatestOptions/f"],
    [create({ lambdatestOptions: { a: [1, undefined, NaN] } }), "/lambdatestOptions/a/1", "/lambdatestOptions/a/2"],
    [create({ lambdatestOptions: { d: new Date(0) } }), "/lambdatestOptions/d"],
    [
      create({ timeout: 1, region: 2 }, { timeoutMs: 0, signal: {}, retries: 1 }),
      "/timeout",
      "/region",
      "/timeoutMs",
      "/signal",
      "/retries",
    ],
    [() => sessions.retrieve(), "/id"],
    [() => sessions.retrieve(""), "/id"],
    [() => sessions.release("../release"), "/id"],
    [() => sessions.release(sessionOf()), "/id"],
    [() => sessions.liveDetails(5), "/id"],
    [() => sessions.picture(ID, { width: 15 }), "/width"],
    [() => sessions.picture(5, { width: 1281, widht: 1 }), "/id", "/width", "/widht"],
    [() => sessions.update(ID), ""],
    [() => sessions.update(ID, { owner: "x" }), "/owner"],
    [() => sessions.update("x", { timeout: -1 }), "/id", "/timeout"],
    [() => sessions.list({ limit: 101 }), "/limit"],
    [() => sessions.list({ status: "starting" }), "/status"],
    [() => sessions.list({ cursorId: "x" }), "/cursorId"],
    [() => sessions.iterate("live").next(), ""],
    [() => sessions.releaseAll({ onwer: "x" }), "/onwer"],
    [() => sessions.releaseAll({ createdBefore: new Date(NaN) }), "/createdBefore"],
    [() => sessions.releaseAll({ dryRun: "false" }), "/dryRun"],
  ]) {
    const error = await rejection(call());
    equal([error.code, error.errors.map(({ pointer }) => pointer)], ["invalid_options", pointers], error.message);
    for (const { pointer, detail } of error.errors)
      ok(error.message.includes(`${pointer} ${detail}`.trim()), error.message);
  }
  const tooDeep = (await rejection(sessions.create({ sessionContext: circle }))).errors[0];
  ok(tooDeep.pointer.startsWith("/sessionContext/circle/circle"), tooDeep.pointer);
  equal(service.requests, []);
});

export const a_client_that_can_not_work_is_not_made = scenario(async ({ Tidewatch }) => {
  const good = { baseUrl: "https://service.test", apiKey: "tw_key" };
  for (const [options, ...pointers] of [
    [undefined, "", "/baseUrl", "/apiKey"],
    ["https://service.test", "", "/baseUrl", "/apiKey"],
    [{}, "/baseUrl", "/apiKey"],
    [{ ...good, apiKey: "" }, "/apiKey"],
    [{ ...good, apiKey: 5 }, "/apiKey"],
    [{ ...good, apiKey: "a b" }, "/apiKey"],
    [{ ...good, baseUrl: "service.test" }, "/baseUrl"],
    [{ ...good, baseUrl: "ftp://service.test" }, "/baseUrl"],
    [{ ...good, baseUrl: "https://user:password@service.test" }, "/baseUrl"],
    [{ ...good, baseUrl: new URL("https://service.test") }, "/baseUrl"],
    [{ ...good, baseURL: "https://service.test" }, "/baseURL"],
    [{ ...good, owner: 5 }, "/owner"],
    [{ ...good, timeoutMs: Infinity }, "/timeoutMs"],
    [{ ...good, timeoutMs: 2 ** 31 }, "/timeoutMs"],
    [{ ...good, fetch: "fetch" }, "/fetch"],
    [{ ...good, retry: 5 }, "/retry"],
    [{ ...good, retry: { maxRetries: -1, jitter: false } }, "/retry/maxRetries", "/retry/jitter"],
  ]) {
    const error = thrown(() => new Tidewatch(options));
    equal([error.code, error.errors.map(({ pointer }) => pointer)], ["invalid_options", pointers], error.message);
    ok(error instanceof Error && error.stack, "it is an Error");
    ok(!error.message.includes("password"), error.message);
  }
});

export const a_problem_is_an_error_with_all_that_it_tells = scenario(async ({ client, service }) => {
  const { sessions } = client(once);
  const errors = [{ pointer: "/timeout", detail: "is too long" }];
  const holders = [
    { id: ID, owner: "o", expiresAt: "2026-11-22T17:48:23.000Z" },
    { id: ID, expiresAt: "x" },
  ];
  for (const [status, code, more, retryable] of [
    [400, "invalid_json", {}, false],
    [401, "invalid_key", {}, false],
    [403, "forbidden", {}, false],
    [404, "session_not_found", {}, false],
    [409, "session_ended", {}, false],
    [422, "invalid_request", { errors }, false],
    [429, "limit_reached", { holders }, true],
    [500, "internal", {}, true],
    [503, "a_code_of_tomorrow", {}, true],
  ]) {
    service.answers(problem(status, code, more));
    const error = await rejection(sessions.retrieve(ID));
    ok(error instanceof Error && error.name === "TidewatchError", `${error}`);
    equal([error.status, error.code, error.message], [status, code, `what is wrong: ${code}`]);
    equal([error.errors, error.holders], [more.errors ?? [], more.holders ?? []]);
    equal([error.requestId, error.retryable], ["r-1", retryable], code);
  }
});

export const what_is_not_the_services_answer_is_told_apart = scenario(async ({ client, service }) => {
  const { sessions } = client(once);
  const text = (body, status = 200) => new Response(body, { status, headers: { "x-request-id": "r-1" } });
  const halfBody = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"id":'));
          controller.error(new TypeError("terminated"));
        },
      }),
    );
  const lost = new TypeError("Failed to fetch");
  for (const [answer, code, status] of [
    [text("<!doctype html><title>Welcome</title>"), "invalid_response", 200],
    [text(""), "invalid_response", 200],
    [text('{"id": "0192f0c1'), "invalid_response", 200],
    [json([]), "invalid_response", 200],
    [json(null), "invalid_response", 200],
    [json({ ...sessionOf(), id: 5 }), "invalid_response", 200],
    [text("<h1>Not found</h1>", 404), "http_error", 404],
    [text("", 502), "http_error", 502],
    [json({ error: "other" }, 400), "http_error", 400],
    [halfBody, "connection_failed", undefined],
    [lost, "connection_failed", undefined],
    [() => undefined, "connection_failed", undefined],
    [
      () => {
        throw "a text";
      },
      "connection_failed",
      undefined,
    ],
  ]) {
    service.answers(answer);
    const error = await rejection(sessions.retrieve(ID));
    equal([error.code, error.status], [code, status], error.message);
    if (answer === lost) ok(error.cause === lost, "its cause is what fetch threw");
  }
  service.answers(text("<!doctype html>"));
  const { message } = await rejection(sessions.retrieve(ID));
  ok(message.includes("no JSON") && message.includes("base URL"), message);
  for (const body of [{ sessions: [{ id: ID }], nextCursor: null, totalCount: 1 }, { sessions: {} }]) {
    service.answers(json(body));
    equal((await rejection(sessions.list())).code, "invalid_response");
  }
  service.answers(json({ success: true }));
  equal((await rejection(sessions.release(ID))).code, "invalid_response");
  equal((await rejection(sessions.releaseAll())).code, "invalid_response");
  equal((await rejection(sessions.liveDetails(ID))).code, "invalid_response");
});

export const the_key_does_not_follow_a_redirect = scenario(async ({ client, service }) => {
  // What a page sees of a redirect that is not followed, and what Node does.
  const hidden = () => ({ type: "opaqueredirect", status: 0, headers: new Headers(), json: async () => null });
  const shown = new Response("moved", { status: 307, headers: { location: "https://elsewhere.test/" } });
  for (const [answer, status] of [
    [hidden, undefined],
    [shown, 307],
  ]) {
    service.requests = [];
    service.answers(answer);
    const error = await rejection(client().sessions.retrieve(ID));
    equal([error.code, error.status, error.retryable], ["redirected", status, false]);
    equal(
      service.requests.map(({ url, redirect }) => [url, redirect]),
      [[`https://service.test/v1/sessions/${ID}`, "manual"]],
    );
  }
});
