// An abort, in every phase of a call.

import { ID, equal, json, ok, problem, rejection, scenario, sessionOf, settled, until } from "./stub.js";

/** A signal that counts its listeners. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  signal.addEventListener = (...args) => {
    listeners++;
    return add.apply(signal, args);
  };
  signal.removeEventListener = (...args) => {
    listeners--;
    return remove.apply(signal, args);
  };
  return {
    signal,
    abort: (reason) => controller.abort(reason),
    get listeners() {
      return listeners;
    },
  };
}

async function stops({ service, clock }, counter, call, reason) {
  counter.abort(reason);
  const error = await rejection(call);
  equal([error.name, error.code, error.retryable], ["TidewatchError", "aborted", false]);
  ok(error.cause === reason, "its cause is the signal's reason");
  await settled();
  equal([counter.listeners, clock.timers.size], [0, 0], "listeners and timers");
  const sent = service.requests.length;
  await clock.advance(100_000);
  equal(service.requests.length, sent, "requests after it");
}

export const an_aborted_signal_sends_nothing = scenario(async (bench) => {
  const counter = counted();
  counter.abort("early");
  const call = bench.client().sessions.create({}, { signal: counter.signal });
  const error = await rejection(call);
  equal([error.code, error.cause, bench.service.requests.length], ["aborted", "early", 0]);
});

export const an_abort_stops_a_request_that_is_under_way = scenario(async (bench) => {
  bench.service.answers(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  );
  const counter = counted();
  const call = bench.client().sessions.retrieve(ID, { signal: counter.signal });
  await until("a request", () => bench.service.requests.length === 1);
  equal(bench.service.requests[0].signal.aborted, false);
  await stops(bench, counter, call, new Error("enough"));
  equal(bench.service.requests[0].signal.aborted, true, "the request is aborted");
});

export const an_abort_stops_an_answer_that_is_half_here = scenario(async (bench) => {
  let reading = false;
  bench.service.answers(({ signal }) => {
    const answer = json(sessionOf());
    const half = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    return Object.assign(answer, {
      json: () => {
        reading = true;
        return half;
      },
    });
  });
  const counter = counted();
  const call = bench.client().sessions.retrieve(ID, { signal: counter.signal });
  await until("half an answer", () => reading);
  await stops(bench, counter, call, "enough");
  equal(bench.service.requests[0].signal.aborted, true, "the request is aborted");
});

export const an_abort_stops_the_wait_for_a_retry = scenario(async (bench) => {
  bench.service.answers(problem(503, "any", {}, { "retry-after": "10" }));
  const counter = counted();
  const call = bench.client().sessions.list({}, { signal: counter.signal });
  await bench.clock.advance(5000);
  equal(bench.clock.timers.size, 2, "the wait and the limit");
  await stops(bench, counter, call, "enough");
  equal(bench.service.requests.length, 1);
});

export const an_abort_after_the_end_changes_nothing = scenario(async (bench) => {
  bench.service.answers(json(sessionOf()));
  const counter = counted();
  const session = await bench.client().sessions.retrieve(ID, { signal: counter.signal });
  equal([session.id, counter.listeners], [ID, 0]);
  counter.abort();
  await settled();
  equal(bench.service.requests[0].signal.aborted, false, "an answer that was read is not aborted");
});
