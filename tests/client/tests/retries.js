// When a call is tried again, on a clock that only the test moves.

import { ID, equal, json, problem, rejection, scenario, sessionOf, settled } from "./stub.js";

const times = ({ requests }) => requests.map(({ at }) => at);

export const what_may_pass_is_tried_again_on_schedule = scenario(async ({ client, service, clock, dice }) => {
  dice.byte = 200;
  for (const failure of [new TypeError("lost"), ...[408, 429, 500, 502, 503, 504].map((s) => problem(s, "any"))]) {
    service.requests = [];
    clock.now = 0;
    service.answers(failure);
    const outcome = rejection(client().sessions.retrieve(ID));
    await clock.advance(10_000);
    equal(times(service), [0, 200, 400, 600, 800], `${failure.status}`);
    equal((await outcome).retryable, true);
  }
});

export const retry_after_is_waited_for = scenario(async ({ client, service, clock }) => {
  const limit = problem(429, "limit_reached", {}, { "retry-after": "20" });
  service.answers(limit, limit, json(sessionOf()));
  const call = client().sessions.create();
  await clock.advance(60_000);
  equal((await call).id, ID);
  equal(times(service), [0, 20_000, 40_000]);

  service.requests = [];
  service.answers(problem(503, "provider_unavailable", {}, { "retry-after": "61" }));
  equal((await rejection(client().sessions.retrieve(ID))).code, "provider_unavailable", "too long a wait");
  equal(service.requests.length, 1);
});

export const what_does_not_pass_is_not_tried_again = scenario(async ({ client, service }) => {
  for (const answer of [
    ...[400, 401, 403, 404, 409, 410, 422].map((status) => problem(status, "any")),
    problem(500, "internal", {}, { "x-should-retry": "false" }),
    new Response("<p>", { status: 200 }),
  ]) {
    service.requests = [];
    service.answers(answer);
    await rejection(client().sessions.retrieve(ID));
    equal(service.requests.length, 1, `${answer.status}`);
  }
});

export const each_try_of_a_create_has_the_same_key = scenario(async ({ client, service, dice }) => {
  dice.byte = 0;
  const key = () => service.requests.map(({ headers }) => headers["idempotency-key"]);
  service.answers(new TypeError("lost"), problem(503, "start_interrupted"), json(sessionOf(), 201));
  const call = client().sessions.create({ owner: "a" });
  await service.clock.advance(0);
  await call;
  const [first, ...others] = key();
  equal(others, [first, first]);
  equal(/^tw-[0-9a-f]{32}-[0-9a-f]{32}$/.test(first), true, first);
  dice.byte = 9;
  await client().sessions.create();
  equal(key().at(-1) === first, false, "another create has the same key");
});

export const a_call_ends_at_its_time_limit = scenario(async ({ client, service, clock }) => {
  for (const answer of [() => new Promise(() => {}), problem(503, "any", {}, { "retry-after": "30" })]) {
    for (const [options, call] of [
      [{ timeoutMs: 5000 }, undefined],
      [{}, { timeoutMs: 5000 }],
    ]) {
      service.requests = [];
      service.answers(answer);
      const outcome = rejection(client(options).sessions.retrieve(ID, call));
      await clock.advance(4999);
      equal(clock.timers.size > 0, true, "it waits");
      await clock.advance(1);
      const error = await outcome;
      equal([error.code, error.retryable, service.requests.length], ["timeout", true, 1]);
      await settled();
      equal(clock.timers.size, 0, "timers");
    }
  }
});

export const the_options_of_retries_are_kept_to = scenario(async ({ client, service, clock, dice }) => {
  dice.byte = 255;
  service.answers(problem(503, "any"));
  const retry = { maxRetries: 2, baseDelayMs: 100, maxDelayMs: 150 };
  const outcome = rejection(client({ retry }).sessions.retrieve(ID));
  await clock.advance(1000);
  await outcome;
  // The random byte 255 becomes a delay from 0 to 100 ms, and then one from 0 to 150 ms.
  equal(
    service.requests.map(({ at }) => at),
    [0, 53, 157],
  );
  service.requests = [];
  service.answers(problem(503, "any", {}, { "retry-after": "2" }));
  await rejection(client({ retry: { maxElapsedMs: 1999 } }).sessions.retrieve(ID));
  equal(service.requests.length, 1, "tries within the time");
});
