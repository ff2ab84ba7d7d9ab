// One connection for events: a socket, or a stream of server-sent events.

/** @import { EventMessage } from "../types.ts" */
/** @import { EventsPlan } from "./calls.d.ts" */

import { TidewatchError } from "./error.js";

// The service answers a ping at once, and writes a line into a stream every 15 s. A longer silence means that it is
// gone.
const PING_EVERY_MS = 10_000;
const SILENCE_MAX_MS = 25_000;
// Statuses that a later try may not get.
const TEMPORARY = [408, 425, 429];

/** Messages that were received and not read yet. The connection ends when it is silent for too long. */
export class Connection {
  isOpen = false;
  /** @type {number | undefined} how long the service asks to wait before the next try */
  retryAfterMs;
  /** @type {EventMessage[]} */
  #messages = [];
  #isOver = false;
  #stop;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silenceTimer;
  /** @type {() => void} wakes the reader */
  #wake = () => {};
  /** @type {() => void} closes the socket or stream */
  #close = () => {};

  /** @param {AbortSignal} stop */
  constructor(stop) {
    this.#stop = stop;
    stop.addEventListener("abort", this.end);
    this.heard();
    if (stop.aborted) this.end();
  }

  /**
   * Sets what closes the socket or stream.
   *
   * @param {() => void} close
   */
  onEnd(close) {
    this.#close = close;
    if (this.#isOver) close();
  }

  opened() {
    this.isOpen = true;
    this.heard();
  }

  /**
   * Takes a message. An unreadable one ends the connection: it may be an event, which the next connection repeats.
   *
   * @param {string} text
   */
  take(text) {
    this.heard();
    const message = read(text);
    if (message === undefined) return this.end();
    if (message.type === "pong" || this.#isOver) return;
    this.#messages.push(/** @type {EventMessage} */ (message));
    this.#wake();
  }

  /** Something was received: the silence starts again. */
  heard() {
    clearTimeout(this.#silenceTimer);
    if (!this.#isOver) this.#silenceTimer = setTimeout(this.end, SILENCE_MAX_MS);
  }

  /** The messages, until the connection is over. */
  async *messages() {
    while (true) {
      const message = this.#messages.shift();
      if (message) yield message;
      else if (this.#isOver) return;
      else await this.#arrival();
    }
  }

  /** @returns {Promise<void>} */
  #arrival() {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  end = () => {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#silenceTimer);
    this.#stop.removeEventListener("abort", this.end);
    this.#close();
    this.#wake();
  };
}

/**
 * @param {string} text
 * @returns {EventMessage | {type: "pong"} | undefined}
 */
function read(text) {
  try {
    const message = JSON.parse(text);
    const isMessage = typeof message?.type === "string" && ["string", "undefined"].includes(typeof message.id);
    return isMessage ? message : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Connects by the global `WebSocket`.
 *
 * @param {Connection} connection
 * @param {EventsPlan} plan
 * @param {string} query
 * @returns {Promise<Connection>} resolves when the socket is open or has failed
 */
export function overSocket(connection, { url, key }, query) {
  return new Promise((resolve) => {
    // A page can't send headers with a socket, and URLs must not contain a key.
    const socket = new WebSocket(url.replace(/^http/i, "ws") + query, ["tidewatch.v1", `tidewatch.key.${key}`]);
    const ping = setInterval(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}');
    }, PING_EVERY_MS);
    connection.onEnd(() => {
      clearInterval(ping);
      socket.close();
      resolve(connection);
    });
    socket.onopen = () => {
      connection.opened();
      resolve(connection);
    };
    socket.onmessage = ({ data }) => connection.take(data);
    socket.onclose = connection.end;
    socket.onerror = connection.end;
  });
}

/**
 * Connects by `fetch`.
 *
 * @param {Connection} connection
 * @param {EventsPlan} plan
 * @param {string} query
 * @returns {Promise<Connection>} resolves when the stream has begun or has failed; rejects if trying again can't help
 */
export async function overFetch(connection, { url, key, fetch = globalThis.fetch }, query) {
  const abort = new AbortController();
  connection.onEnd(() => abort.abort());
  /** @type {Response} */
  let response;
  try {
    response = await fetch(url + query, {
      headers: { accept: "text/event-stream", authorization: `Bearer ${key}` },
      cache: "no-store",
      redirect: "manual",
      credentials: "omit",
      signal: abort.signal,
    });
  } catch {
    connection.end();
    return connection;
  }
  if (response.ok && response.body) {
    connection.opened();
    readStream(connection, response.body)
      .catch(() => {})
      .finally(connection.end);
    return connection;
  }
  const refusal = await readRefusal(response);
  connection.end();
  if (!refusal.retryable) throw refusal;
  connection.retryAfterMs = 1000 * Number(response.headers.get("retry-after")) || 0;
  return connection;
}

/**
 * @param {Connection} connection
 * @param {ReadableStream<Uint8Array>} body
 */
async function readStream(connection, body) {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = "";
  while (true) {
    const { done, value } = await reader.read();
    if (done) return;
    connection.heard();
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      // Each event has one line of data. The other lines repeat parts of it.
      if (line.startsWith("data: ")) connection.take(line.slice("data: ".length));
    }
  }
}

/**
 * The error of a response that is not a stream.
 *
 * @param {Response} response
 */
async function readRefusal(response) {
  const { status } = response;
  const isRedirect = response.type === "opaqueredirect" || (status >= 300 && status < 400);
  const problem = await response.json().catch(() => ({}));
  const isOurs = typeof problem?.code === "string";
  const { code, detail, errors } = isOurs ? problem : {};
  const otherwise = isRedirect ? "redirected" : response.ok ? "invalid_response" : "http_error";
  return new TidewatchError(detail ?? `the service answered ${status} instead of events`, {
    code: code ?? otherwise,
    status: status || undefined,
    errors,
    requestId: response.headers.get("x-request-id") ?? undefined,
    retryable: !isRedirect && (TEMPORARY.includes(status) || status >= 500),
  });
}
