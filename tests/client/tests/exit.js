// The end of the program: `pagehide` in a page, a signal or an exit in Node. The tests only simulate it.

import {
  equal,
  idOf,
  isPage,
  json,
  ok,
  rejection,
  replace,
  scenario,
  sessionOf,
  settled,
  thrown,
  until,
} from "./stub.js";

const releasedAll = (results = []) => json({ success: true, message: "m", results });
const released = (id) => json({ success: true, message: "m", session: sessionOf({ id, status: "released" }) });

/** A service where the nth create gives the nth id. */
function serve(service) {
  let created = 0;
  service.answers(({ url, method }) => {
    if (url.endsWith("/sessions") && method === "POST") return json(sessionOf({ id: idOf(++created) }), 201);
    if (isRelease({ url })) return releasedAll();
    if (url.endsWith("/release")) return released(url.split("/").at(-2));
    return json({ sessions: [sessionOf({ id: idOf(99) })], nextCursor: null, totalCount: 1 });
  });
}

const isRelease = ({ url }) => url.includes("/release?idempotencyKeyPrefix=");

/** The releases of all sessions of a client: the prefixes of its keys. */
const releases = (service) => service.requests.filter(isRelease).map(({ url }) => url.split("=").at(-1));

/** This process, which is not ended, and the signals by which it would have been. */
function spared() {
  const kills = [];
  return { kills, putBack: replace(process, "kill", (_pid, name) => kills.push(name)) };
}

/** Ends the program, and gives the signals by which it would have ended. */
async function end(signal = "SIGTERM") {
  if (isPage) {
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: false }));
    return [];
  }
  const { kills, putBack } = spared();
  try {
    process.emit(signal, signal);
    await until("its own ending", () => kills.length > 0);
  } finally {
    putBack();
  }
  return kills;
}

export const what_was_created_is_released_at_the_end_and_nothing_else = scenario(async ({ client, service }) => {
  serve(service);
  const one = client();
  const other = client();
  await one.sessions.create();
  const takeBack = one.releaseOnExit();
  const second = await one.sessions.create();
  await one.sessions.create();
  await second.release();
  await one.sessions.list();
  await other.sessions.create();
  const keys = service.requests.map(({ headers }) => headers["idempotency-key"]).filter(Boolean);
  service.requests = [];
  equal(await end("SIGINT"), isPage ? [] : ["SIGINT"]);
  const [prefix, ...more] = releases(service);
  equal(
    keys.map((key) => key.startsWith(prefix)),
    [true, true, true, false],
    "what it names",
  );
  equal([more, service.requests.length], [[], 1], "of many, one that is closing may send the first alone");
  if (isPage) {
    equal(service.requests[0].keepalive, true, "it outlives the page");
    // A page can come back, and be left again.
    await end();
    equal(releases(service).length, 1, "releases");
  }
  takeBack();
});

export const what_is_over_already_is_not_released_at_the_end = scenario(async ({ client, service }) => {
  const tidewatch = client();
  const { sessions } = tidewatch;
  const takeBack = tidewatch.releaseOnExit();
  service.answers(
    json(sessionOf({ id: idOf(1), expiresAt: "2001-01-01T00:00:00.000Z" }), 201),
    json(sessionOf({ id: idOf(2) }), 201),
    json(sessionOf({ id: idOf(3) }), 201),
    json(sessionOf({ id: idOf(2), status: "failed" })),
    releasedAll([outcome(3, "would_release")]),
    releasedAll([outcome(3, "released")]),
    json(sessionOf({ id: idOf(4) }), 201),
    releasedAll(),
  );
  for (let n = 1; n <= 3; n++) await sessions.create();
  await sessions.retrieve(idOf(2));
  await sessions.releaseAll({ dryRun: true });
  await sessions.releaseAll({ owner: "x" });
  service.requests = [];
  await end();
  equal(service.lines, [], "with nothing left");
  takeBack();
  const takeBackToo = tidewatch.releaseOnExit();
  await sessions.create();
  await end();
  equal(releases(service).length, 1, "with one left");
  takeBackToo();
});

const outcome = (n, word) => ({ id: idOf(n), outcome: word });

export const a_create_under_way_is_released_at_the_end = scenario(async ({ client, service, clock }) => {
  let answer;
  service.answers(
    () => new Promise((resolve) => (answer = resolve)),
    () => releasedAll(),
  );
  const tidewatch = client();
  const takeBack = tidewatch.releaseOnExit();
  const create = tidewatch.sessions.create();
  await until("a create", () => service.requests.length === 1);
  const ended = end();
  await until("a release", () => releases(service).length === 1);
  answer(json(sessionOf({ id: idOf(1) }), 201));
  await create;
  await ended;
  // In a process there is time to see that the create was the later one.
  equal(releases(service).length, isPage ? 1 : 2);
  takeBack();
  if (isPage) return;

  // A call without an answer delays the end only up to the limit.
  service.answers(() => new Promise(() => {}));
  const takeBackToo = tidewatch.releaseOnExit();
  const never = rejection(tidewatch.sessions.create({}, { timeoutMs: 60_000 }));
  const late = end();
  await clock.advance(5000);
  equal(await late, ["SIGTERM"]);
  await clock.advance(60_000);
  await never;
  // It requests the release of sessions that it may have started, and no longer waits for answers.
  await clock.advance(5000);
  takeBackToo();
});

export const nothing_stays_registered_once_it_is_taken_back = scenario(async ({ client, service }) => {
  serve(service);
  const registered = isPage ? pageListeners() : processListeners();
  const before = registered.count();
  const [one, other] = [client(), client()];
  const takeBacks = [one, one, other].map((tidewatch) => tidewatch.releaseOnExit());
  ok(registered.count() > before, "it is registered");
  const twice = registered.count();
  one.releaseOnExit();
  equal(registered.count(), twice, "listeners after another call");
  for (const takeBack of [...takeBacks, ...takeBacks]) takeBack();
  equal(registered.count(), before, "listeners");
  await one.sessions.create();
  service.requests = [];
  if (isPage) {
    await end();
    await settled();
    equal(releases(service), []);
  }
  const again = one.releaseOnExit();
  await end();
  equal(releases(service).length, 1, "once it is asked for again");
  again();
  equal(registered.count(), before, "listeners at last");
  registered.putBack();
});

function processListeners() {
  const names = ["SIGINT", "SIGTERM", "beforeExit", "uncaughtException", "unhandledRejection", "exit"];
  const count = () => names.reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { count, putBack: () => {} };
}

function pageListeners() {
  const listeners = new Set();
  const [add, remove] = [globalThis.addEventListener, globalThis.removeEventListener];
  const replaced = [
    replace(globalThis, "addEventListener", (name, it) => {
      listeners.add(it);
      return add.call(globalThis, name, it);
    }),
    replace(globalThis, "removeEventListener", (name, it) => {
      listeners.delete(it);
      return remove.call(globalThis, name, it);
    }),
  ];
  return {
    count: () => listeners.size,
    putBack: () => {
      for (const putBack of replaced.reverse()) putBack();
    },
  };
}

export const an_uncaught_error_is_thrown_again_after_the_releases = scenario(async ({ client, service }) => {
  // In a page an uncaught error ends nothing.
  if (isPage) return;
  serve(service);
  const tidewatch = client();
  const takeBack = tidewatch.releaseOnExit();
  await tidewatch.sessions.create();
  const others = process.listeners("uncaughtException").filter((it) => it.name !== "onUncaught");
  for (const other of others) process.off("uncaughtException", other);
  let rethrow;
  const putBack = replace(globalThis, "setImmediate", (callback) => (rethrow = callback));
  try {
    const error = new Error("uncaught");
    process.emit("uncaughtException", error, "uncaughtException");
    await until("the error again", () => rethrow);
    equal(releases(service).length, 1);
    try {
      rethrow();
      ok(false, "nothing was thrown");
    } catch (thrown) {
      ok(thrown === error, "it is the same error");
    }
  } finally {
    putBack();
    takeBack();
    for (const other of others) process.on("uncaughtException", other);
  }
});

export const who_signals_twice_does_not_wait = scenario(async ({ client, service, clock }) => {
  // A page gets no signals.
  if (isPage) return;
  service.answers(json(sessionOf({ id: idOf(1) }), 201), () => new Promise(() => {}));
  const tidewatch = client();
  const takeBack = tidewatch.releaseOnExit();
  await tidewatch.sessions.create();
  const { kills, putBack } = spared();
  try {
    process.emit("SIGINT", "SIGINT");
    await until("a release", () => releases(service).length === 1);
    equal(kills, [], "ends");
    process.emit("SIGINT", "SIGINT");
    await until("its ending", () => kills.length === 1);
    equal(releases(service).length, 1);
    await clock.advance(5000);
  } finally {
    takeBack();
    putBack();
  }
});

export const a_process_that_others_keep_alive_goes_on = scenario(async ({ client, service }) => {
  if (isPage) return;
  serve(service);
  const tidewatch = client();
  const takeBack = tidewatch.releaseOnExit();
  await tidewatch.sessions.create();
  const other = () => {};
  const { kills, putBack } = spared();
  for (const name of ["SIGTERM", "uncaughtException"]) process.on(name, other);
  try {
    process.emit("uncaughtException", new Error("uncaught"), "uncaughtException");
    await settled();
    equal(releases(service), [], "an error that another one takes care of");
    process.emit("SIGTERM", "SIGTERM");
    await until("a release", () => releases(service).length === 1);
    await settled();
    equal(kills, [], "ends");
  } finally {
    for (const name of ["SIGTERM", "uncaughtException"]) process.off(name, other);
    takeBack();
    putBack();
  }
});

export const a_process_that_has_nothing_more_to_do_releases_first = scenario(async ({ client, service }) => {
  if (isPage) return;
  serve(service);
  const tidewatch = client();
  const takeBack = tidewatch.releaseOnExit();
  process.emit("beforeExit", 0);
  await settled();
  equal(service.requests, [], "requests with nothing created");
  await tidewatch.sessions.create();
  process.emit("beforeExit", 0);
  await until("a release", () => releases(service).length === 1);
  equal(releases(service).length, 1);
  takeBack();
});

export const where_nothing_tells_of_the_end_this_is_said = scenario(async ({ client }) => {
  const tidewatch = client();
  const putBack = replace(globalThis, isPage ? "addEventListener" : "process", undefined);
  let error;
  try {
    error = thrown(() => tidewatch.releaseOnExit());
  } finally {
    putBack();
  }
  equal([error.name, error.code, error.retryable], ["TidewatchError", "unsupported_environment", false]);
  ok(error.message.includes("onDisconnect"), error.message);
  // It was not taken for done.
  tidewatch.releaseOnExit()();
});
