// A service that answers by a script, and a clock that only the test moves.

const PATIENCE_MS = 5000;
const SCENARIO_LIMIT_MS = 20_000;

export const ID = "0192f0c1-7b3c-7000-8000-00000000000a";
// As they are before a scenario replaces them.
const platform = {
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
};

export const isPage = typeof document === "object";

/** A session as the service returns it. */
export function sessionOf(fields = {}) {
  return {
    id: ID,
    status: "live",
    createdAt: "2026-11-22T17:48:23.000Z",
    timeout: 60_000,
    expiresAt: "2099-11-22T17:49:23.000Z",
    duration: 0,
    creditsUsed: 0,
    websocketUrl: "wss://service.test/connect",
    debugUrl: "d",
    sessionViewerUrl: "v",
    sessionWatchUrl: "w",
    dimensions: { width: 0, height: 0 },
    eventCount: 0,
    optimizeBandwidth: {},
    proxyBytesUsed: 0,
    proxySource: null,
    headless: true,
    isSelenium: false,
    provider: "browser-run",
    connected: null,
    verifiedAt: null,
    metadata: {},
    ...fields,
  };
}

/** The nth of many ids. */
export const idOf = (n) => `0192f0c1-7b3c-7000-8000-${String(n).padStart(12, "0")}`;

/** An answer that is read without a stream: how long one takes, no clock of a test can tell. */
export function json(body, status = 200, headers = {}) {
  const answer = new Response(null, { status, headers: { "content-type": "application/json", ...headers } });
  return Object.assign(answer, { json: async () => structuredClone(body), clone: () => json(body, status, headers) });
}

export const problem = (status, code, more = {}, headers = {}) =>
  json({ code, detail: `what is wrong: ${code}`, ...more }, status, { "x-request-id": "r-1", ...headers });

export function equal(actual, expected, what = "") {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value, inOrder));
  if (a !== b) throw new Error(`${what} is ${a}, not ${b}`);
}

// Two objects with the same fields are equal, in whatever order.
function inOrder(_, value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function ok(value, what) {
  if (!value) throw new Error(what);
}

export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not rejected");
}

export function thrown(run) {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

class Service {
  requests = [];
  #answers = [];

  /** The next answers, one for each request: a Response, an Error, or a function of the request. The last one stays. */
  answers(...answers) {
    this.#answers = answers;
  }

  fetch = async (url, init) => {
    const request = { url, ...init, at: this.clock.now };
    this.requests.push(request);
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    if (answer instanceof Error) throw answer;
    return typeof answer === "function" ? answer(request) : answer.clone();
  };

  /** The requests as `METHOD /path?query`. */
  get lines() {
    return this.requests.map(({ method, url }) => `${method} ${url.replace("https://service.test", "")}`);
  }
}

class Clock {
  now = 0;
  timers = new Map();
  #next = 1;

  setTimeout = (callback, ms) => {
    this.timers.set(this.#next, { callback, due: this.now + ms });
    return this.#next++;
  };

  clearTimeout = (timer) => this.timers.delete(timer);

  /** Moves the clock, firing each timer at its time. */
  async advance(ms) {
    const until = this.now + ms;
    for (;;) {
      await settled();
      const [timer, first] = [...this.timers].sort(([, a], [, b]) => a.due - b.due)[0] ?? [];
      if (!first || first.due > until) break;
      this.timers.delete(timer);
      this.now = Math.max(this.now, first.due);
      first.callback();
    }
    this.now = until;
    await settled();
  }
}

/** Runs all pending promises and streams of answers. */
export async function settled() {
  for (let turn = 0; turn < 3; turn++) await nextTask();
}

// Uses a message, because timers of a hidden page fire only once a second.
function nextTask() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Waits until something holds. */
export async function until(what, holds) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`it never came to this: ${what}`);
    await settled();
  }
}

// Node would end with success if a scenario waited for an event that never comes.
async function limited(running) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = platform.setTimeout(() => reject(new Error("the scenario came to no end")), SCENARIO_LIMIT_MS);
  });
  try {
    await Promise.race([running, limit]);
  } finally {
    platform.clearTimeout(timer);
  }
}

/** Runs a scenario with its own service, clock and random numbers, and restores all three at its end. */
export const scenario = (run) => async (Tidewatch) => {
  const service = new Service();
  const clock = new Clock();
  service.clock = clock;
  const dice = { byte: 0, thrown: 0 };
  const replaced = [
    replace(globalThis, "setTimeout", clock.setTimeout),
    replace(globalThis, "clearTimeout", clock.clearTimeout),
    replace(performance, "now", () => clock.now),
    // A number is drawn from the first bytes; the last one makes each draw another.
    replace(crypto, "getRandomValues", (bytes) =>
      bytes
        .fill(0)
        .fill(dice.byte, 0, 1)
        .fill(++dice.thrown, -1),
    ),
  ];
  const client = (options = {}) =>
    new Tidewatch({ baseUrl: "https://service.test", apiKey: "tw_key", fetch: service.fetch, ...options });
  try {
    await limited(run({ Tidewatch, client, service, clock, dice }));
    equal(clock.timers.size, 0, "what is left of timers");
  } finally {
    for (const putBack of replaced.reverse()) putBack();
  }
};

/** Replaces a property, and returns a function that restores it. */
export function replace(object, name, value) {
  const before = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
  return () => (before ? Object.defineProperty(object, name, before) : delete object[name]);
}
