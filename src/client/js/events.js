// `client.events()`: what happens to the project's sessions, over a connection that is made again whenever it is lost.

import { Connection, overFetch, overSocket } from "./listening.js";
import { TidewatchError } from "./error.js";

// A connection that has lasted this long was a good one: what follows it is a first failure.
const GOOD_MS = 10_000;

/** All messages, from now on or from `lastEventId`; ends when it is returned, and rejects when `signal` is aborted. */
export function events(plan, { lastEventId, signal } = {}) {
  const stop = new AbortController();
  const messages = listen({ ...plan, stop: stop.signal }, lastEventId ?? undefined, signal ?? undefined, stop);
  return {
    next: () => messages.next(),
    async return() {
      // The generator may be waiting for a message that never comes.
      stop.abort();
      return messages.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* listen(plan, lastEventId, signal, stop) {
  let seen = lastEventId;
  let failures = 0;
  const onAbort = () => stop.abort();
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) stop.abort();
  try {
    while (!stop.signal.aborted) {
      const began = Date.now();
      let wasReady = false;
      const connection = await open(plan, seen);
      try {
        for (let message; (message = await connection.next()); ) {
          seen = message.id ?? seen;
          wasReady = true;
          yield message;
        }
      } finally {
        connection.end();
      }
      if (stop.signal.aborted) break;
      if (wasReady) yield { type: "disconnected" };
      failures = wasReady && Date.now() - began >= GOOD_MS ? 1 : failures + 1;
      await pause(plan, failures, connection.retryAfterMs);
    }
    if (signal?.aborted) {
      throw new TidewatchError("the call was aborted by its signal", { code: "aborted", cause: signal.reason });
    }
  } finally {
    stop.abort();
    signal?.removeEventListener("abort", onAbort);
  }
}

// A page is not told why a socket was refused. The stream that is asked for then says so, or serves where a proxy lets no
// socket through.
async function open(plan, seen) {
  const query = seen === undefined ? "" : `?lastEventId=${encodeURIComponent(seen)}`;
  if (!plan.fetch && typeof WebSocket === "function") {
    const connection = await overSocket(new Connection(plan.stop), plan, query);
    if (connection.isOpen || plan.stop.aborted) return connection;
  }
  return overFetch(new Connection(plan.stop), plan, query);
}

// Full jitter, on top of what the service asks for.
function pause({ baseDelayMs, maxDelayMs, stop }, failures, retryAfterMs = 0) {
  const ms = retryAfterMs + Math.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(failures - 1, 30));
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    stop.addEventListener("abort", over);
    if (stop.aborted) over();
  });
}
