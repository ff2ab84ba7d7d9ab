// Creates with an unknown outcome, or without a waiting caller: the sessions that they started are ended.

import { ID, equal, json, problem, rejection, scenario, sessionOf, settled, until } from "./stub.js";

const RELEASED = json({ success: true, message: "m", results: [] });

const keyOf = ({ headers }) => headers["idempotency-key"];
const releaseOf = (create) => `POST /v1/sessions/release?idempotencyKeyPrefix=${keyOf(create)}`;
const isRelease = ({ url }) => url.includes("/release?");

/** A service that does nothing to a create but what `create` says, and takes releases. */
const serve = (service, create) =>
  service.answers((request) => (isRelease(request) ? RELEASED.clone() : create(request)));

async function takesBack({ service, clock }, call, code) {
  equal((await rejection(call)).code, code);
  await until("a release", () => service.requests.some(isRelease));
  await settled();
  const [create] = service.requests;
  equal(
    service.lines.filter((line) => line.includes("/release")),
    [releaseOf(create)],
    code,
  );
  equal(clock.timers.size, 0, "timers");
}

export const a_create_that_was_aborted_leaves_no_browser = scenario(async (bench) => {
  serve(
    bench.service,
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  );
  const controller = new AbortController();
  const call = bench.client().sessions.create({}, { signal: controller.signal });
  await until("a create", () => bench.service.requests.length === 1);
  controller.abort();
  await takesBack(bench, call, "aborted");
});

export const a_create_that_took_too_long_leaves_no_browser = scenario(async (bench) => {
  serve(bench.service, () => new Promise(() => {}));
  const call = bench.client().sessions.create({}, { timeoutMs: 1000 });
  call.catch(() => {});
  await until("a create", () => bench.service.requests.length === 1);
  await bench.clock.advance(1000);
  await takesBack(bench, call, "timeout");
});

export const a_create_whose_answer_was_lost_leaves_no_browser = scenario(async (bench) => {
  serve(bench.service, () => Promise.reject(new TypeError("lost")));
  await takesBack(bench, bench.client({ retry: { maxRetries: 0 } }).sessions.create(), "connection_failed");
});

export const a_create_whose_answer_can_not_be_read_leaves_no_browser = scenario(async (bench) => {
  serve(bench.service, () => json({ hello: "there" }, 201));
  await takesBack(bench, bench.client().sessions.create(), "invalid_response");
});

export const a_create_that_was_refused_has_nothing_to_take_back = scenario(async ({ client, service }) => {
  for (const [status, code] of [
    [422, "invalid_request"],
    [401, "invalid_key"],
    [409, "released_while_starting"],
  ]) {
    service.requests = [];
    service.answers(problem(status, code));
    equal((await rejection(client().sessions.create())).code, code);
    await settled();
    equal(service.lines, ["POST /v1/sessions"], code);
  }
  service.requests = [];
  service.answers(json(sessionOf(), 201));
  await client().sessions.create();
  await settled();
  equal(service.lines, ["POST /v1/sessions"], "one that has come");
});

export const a_create_that_names_its_session_is_not_taken_back = scenario(async ({ client, service }) => {
  serve(service, () => Promise.reject(new TypeError("lost")));
  const create = client({ retry: { maxRetries: 0 } }).sessions.create({ sessionId: ID });
  equal((await rejection(create)).code, "connection_failed");
  await settled();
  equal(service.lines, ["POST /v1/sessions"], "it may be somebody else's");
});
