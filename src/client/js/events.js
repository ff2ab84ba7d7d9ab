// `client.events()`: the events of the project's sessions. A lost connection is made again.

/** @import { EventMessage, EventsOptions } from "../types.ts" */
/** @import { EventsPlan } from "./calls.d.ts" */

import { TidewatchError } from "./error.js";
import { Connection, overFetch, overSocket } from "./listening.js";

// After a connection that lasted this long the waits start again with the shortest one.
const GOOD_MS = 10_000;

/** @typedef {EventsPlan & {stop: AbortSignal}} Plan `stop` ends the subscription */

/**
 * All messages, from now on or after `lastEventId`. Ends when it is returned, and rejects when `signal` is aborted.
 *
 * @param {EventsPlan} plan
 * @param {EventsOptions} [options]
 * @returns {AsyncIterableIterator<EventMessage>}
 */
export function events(plan, { lastEventId, signal } = {}) {
  const stop = new AbortController();
  const messages = subscribe({ ...plan, stop: stop.signal }, lastEventId ?? undefined, signal ?? undefined, stop);
  return {
    next: () => messages.next(),
    async return() {
      // The generator may be waiting for a message that never arrives.
      stop.abort();
      return messages.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * @param {Plan} plan
 * @param {string | undefined} lastEventId
 * @param {AbortSignal | undefined} signal
 * @param {AbortController} stop
 * @returns {AsyncGenerator<EventMessage, undefined>}
 */
async function* subscribe(plan, lastEventId, signal, stop) {
  let lastId = lastEventId;
  let failures = 0;
  const onAbort = () => stop.abort();
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) stop.abort();
  try {
    while (!stop.signal.aborted) {
      const began = Date.now();
      let wasReady = false;
      const connection = await open(plan, lastId);
      try {
        for await (const message of connection.messages()) {
          if ("id" in message) lastId = message.id;
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

/**
 * Connects by a socket, and by a stream if that fails: a page does not learn why a socket was refused, and a stream's
 * answer says it. A stream also works through a proxy that allows no sockets.
 *
 * @param {Plan} plan
 * @param {string | undefined} lastId
 */
async function open(plan, lastId) {
  const query = lastId === undefined ? "" : `?lastEventId=${encodeURIComponent(lastId)}`;
  if (!plan.fetch && typeof WebSocket === "function") {
    const connection = await overSocket(new Connection(plan.stop), plan, query);
    if (connection.isOpen || plan.stop.aborted) return connection;
  }
  return overFetch(new Connection(plan.stop), plan, query);
}

/**
 * Waits with full jitter, after the time that the service asks for.
 *
 * @param {Plan} plan
 * @param {number} failures
 * @param {number} [retryAfterMs]
 * @returns {Promise<void>}
 */
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
