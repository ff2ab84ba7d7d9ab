// One connection of a listener: a socket, or a stream of server-sent events.

import { TidewatchError } from "./error.js";

// The service answers a ping at once, and sends a line in a stream each 15 s: who says nothing for longer is not there.
const PING_EVERY_MS = 10_000;
const SILENCE_MAX_MS = 25_000;
// Answers that the next try may not get.
const PASSING = [408, 425, 429];

/** What has come over a connection and was not read yet. It ends when it is silent for too long. */
export class Connection {
  isOpen = false;
  retryAfterMs;
  #messages = [];
  #isOver = false;
  #stop;
  #silence;
  #wake = () => {};
  #close = () => {};

  constructor(stop) {
    this.#stop = stop;
    stop.addEventListener("abort", this.end);
    this.#hear();
    if (stop.aborted) this.end();
  }

  /** What ends the other side, too. */
  onEnd(close) {
    this.#close = close;
    if (this.#isOver) close();
  }

  opened() {
    this.isOpen = true;
    this.#hear();
  }

  /** Takes a text in. What can't be read ends the connection: an event may be lost, and comes again on the next one. */
  take(text) {
    this.#hear();
    const message = read(text);
    if (message === undefined) return this.end();
    if (message.type === "pong" || this.#isOver) return undefined;
    this.#messages.push(message);
    return this.#wake();
  }

  /** Something has come that is no message. */
  heard() {
    this.#hear();
  }

  /** The next message; nothing once the connection is over. */
  async next() {
    while (this.#messages.length === 0 && !this.#isOver) await new Promise((resolve) => (this.#wake = resolve));
    return this.#messages.shift();
  }

  end = () => {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#silence);
    this.#stop.removeEventListener("abort", this.end);
    this.#close();
    this.#wake();
  };

  #hear() {
    clearTimeout(this.#silence);
    if (!this.#isOver) this.#silence = setTimeout(this.end, SILENCE_MAX_MS);
  }
}

function read(text) {
  try {
    const message = JSON.parse(text);
    return typeof message?.type === "string" && ["string", "undefined"].includes(typeof message.id)
      ? message
      : undefined;
  } catch {
    return undefined;
  }
}

/** Listens by the global `WebSocket`. Resolves when that is open, or has failed. */
export function overSocket(connection, { url, key }, query) {
  return new Promise((resolve) => {
    // A page can send no headers with a socket, and a key must be in no URL.
    const socket = new WebSocket(url.replace(/^http/i, "ws") + query, ["tidewatch.v1", `tidewatch.key.${key}`]);
    const ping = setInterval(
      () => socket.readyState === WebSocket.OPEN && socket.send('{"type":"ping"}'),
      PING_EVERY_MS,
    );
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

/** Listens by `fetch`. Resolves when the stream has begun, or has failed; rejects if it never can. */
export async function overFetch(connection, { url, key, fetch = globalThis.fetch }, query) {
  const abort = new AbortController();
  connection.onEnd(() => abort.abort());
  const headers = { accept: "text/event-stream", authorization: `Bearer ${key}` };
  let response;
  try {
    const options = { headers, cache: "no-store", redirect: "manual", credentials: "omit", signal: abort.signal };
    response = await fetch(url + query, options);
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
  const refusal = await refused(response);
  connection.end();
  if (!refusal.retryable) throw refusal;
  connection.retryAfterMs = 1000 * Number(response.headers.get("retry-after")) || 0;
  return connection;
}

async function readStream(connection, body) {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = "";
  for (let part; !(part = await reader.read()).done; ) {
    connection.heard();
    const lines = (rest + decoder.decode(part.value, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      // One event is one line of data; what else stands there, stands in the data as well.
      if (line.startsWith("data: ")) connection.take(line.slice("data: ".length));
    }
  }
}

async function refused(response) {
  const { status } = response;
  const isRedirect = response.type === "opaqueredirect" || (status >= 300 && status < 400);
  const problem = await response.json().catch(() => ({}));
  const isOurs = typeof problem?.code === "string";
  const { code, detail, errors } = isOurs ? problem : {};
  const told = isRedirect ? "redirected" : response.ok ? "invalid_response" : "http_error";
  return new TidewatchError(detail ?? `the service answered ${status} instead of events`, {
    code: code ?? told,
    status: status || undefined,
    errors,
    requestId: response.headers.get("x-request-id") ?? undefined,
    retryable: !isRedirect && (PASSING.includes(status) || status >= 500),
  });
}
