// `client.events()` in Node, before servers that refuse, fall silent, talk nonsense and vanish.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import { WebSocketServer } from "ws";

import { Tidewatch, TidewatchError } from "../e2e/client_package.mjs";
import { until, within } from "../support/waits.mjs";

/**
 * @import { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
 * @import { AddressInfo } from "node:net"
 * @import { WebSocket } from "ws"
 * @import { ClientOptions } from "../../src/client/types.ts"
 *
 * @typedef {(request: IncomingMessage, response: ServerResponse) => unknown} Answer
 * @typedef {{url?: string, tell: (...messages: unknown[]) => void, accepted: WebSocket}} Opened
 */

const RETRY = { baseDelayMs: 1, maxDelayMs: 5 };
/** @param {string} id */
const ready = (id) => ({ type: "ready", id });
/** @param {string} id */
const ended = (id) => ({ type: "session.ended", id });
const closed = { type: "disconnected" };

/** A server whose sockets and requests are answered by what the test says, one by one; the last one stays. */
class Server {
  /** @type {({ url: string | undefined; headers: IncomingHttpHeaders; })[]} */
  asked = [];
  /** @type {Set<WebSocket>} */
  sockets = new Set();
  http = createServer();
  #port = 0;

  /** @param {test.TestContext} context */
  constructor(context) {
    context.after(() => this.vanish());
  }

  /**
   * Starts, on the same port as before.
   *
   * @param {object} answers
   * @param {(opened: Opened) => unknown} [answers.socket] takes a WebSocket that was accepted
   * @param {Answer} [answers.request]
   */
  async appear({ socket, request = (_, response) => response.writeHead(503).end() }) {
    this.http = createServer((incoming, response) => {
      this.asked.push({ url: incoming.url, headers: incoming.headers });
      request(incoming, response);
    });
    const upgrades = new WebSocketServer({ noServer: true, handleProtocols: () => "tidewatch.v1" });
    this.http.on("upgrade", (incoming, raw, head) => {
      this.asked.push({ url: incoming.url, headers: incoming.headers });
      if (!socket) return raw.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n");
      upgrades.handleUpgrade(incoming, raw, head, (accepted) => {
        this.sockets.add(accepted);
        socket({
          url: incoming.url,
          tell: (...messages) => {
            for (const message of messages) accepted.send(JSON.stringify(message));
          },
          accepted,
        });
      });
    });
    await once(this.http.listen(this.#port, "127.0.0.1"), "listening");
    this.#port = /** @type {AddressInfo} */ (this.http.address()).port;
    return this;
  }

  async vanish() {
    for (const socket of this.sockets) socket.terminate();
    this.sockets.clear();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  /** @param {Partial<ClientOptions>} [options] */
  client(options) {
    const baseUrl = `http://127.0.0.1:${this.#port}`;
    return new Tidewatch({ baseUrl, apiKey: "tw_key", retry: RETRY, ...options });
  }
}

/** @param {AsyncIterator<unknown>} events @returns {Promise<any>} */
const next = async (events) => (await within("a message", events.next())).value;

test("events use a socket that has the key in its subprotocols and not in its URL", async (t) => {
  const server = await new Server(t).appear({ socket: ({ tell }) => tell(ready("7"), ended("8")) });
  const events = server.client().events();
  assert.deepEqual([await next(events), await next(events)], [ready("7"), ended("8")]);
  const [{ url, headers }] = server.asked;
  assert.equal(url, "/v1/events");
  assert.equal(headers["sec-websocket-protocol"]?.replaceAll(" ", ""), "tidewatch.v1,tidewatch.key.tw_key");
  await events.return();
  await until("the socket is closed", () => [...server.sockets].every(({ readyState }) => readyState === 3));
});

test("the client reconnects to a restarted server and resumes", async (t) => {
  const server = await new Server(t).appear({ socket: ({ tell }) => tell(ready("7"), ended("8")) });
  const events = server.client().events({ lastEventId: "7" });
  assert.equal((await next(events)).type, "ready");
  assert.deepEqual(await next(events), ended("8"));
  await server.vanish();
  assert.deepEqual(await next(events), closed);
  const after = events.next();
  await server.appear({ socket: ({ tell }) => tell(ready("8"), ended("9")) });
  assert.deepEqual((await within("a new connection", after)).value, ready("8"));
  assert.deepEqual(await next(events), ended("9"));
  assert.deepEqual(
    [server.asked[0].url, server.asked.at(-1)?.url],
    ["/v1/events?lastEventId=7", "/v1/events?lastEventId=8"],
  );
  await events.return();
});

test("a refused key ends the subscription with the service's message and without a retry", async (t) => {
  const problem = { code: "invalid_key", detail: "this key is none of this deployment's", status: 401 };
  /** @type {Answer} */
  const request = (_, response) => {
    response
      .writeHead(401, { "content-type": "application/problem+json", "x-request-id": "r-1" })
      .end(JSON.stringify(problem));
  };
  const server = await new Server(t).appear({ request });
  const events = server.client().events();
  const error = await events.next().then(assert.fail, (/** @type {Error} */ error) => error);
  assert.ok(error instanceof TidewatchError);
  assert.deepEqual(
    [error.code, error.status, error.message, error.requestId],
    ["invalid_key", 401, problem.detail, "r-1"],
  );
  assert.equal(error.retryable, false);
  const requests = () => server.asked.filter(({ headers }) => !headers.upgrade).length;
  assert.equal(requests(), 1, "after the socket, which tells no reason");
  assert.deepEqual(await events.next(), { value: undefined, done: true });
});

test("a temporary refusal is retried", async (t) => {
  let refusals = 3;
  /** @type {Answer} */
  const request = (_, response) =>
    response.writeHead(refusals-- > 0 ? 503 : 200, { "content-type": "text/event-stream" }).end();
  const server = await new Server(t).appear({ request });
  const events = server.client().events();
  const message = events.next();
  await until("it has asked again", () => refusals <= 0);
  await server.vanish();
  await server.appear({ socket: ({ tell }) => tell(ready("1")) });
  assert.deepEqual((await within("a message", message)).value, ready("1"));
  await events.return();
});

test("an unreadable event ends the connection, and is read again on the next one", async (t) => {
  const nonsense = ["hello", "[1]", '{"id":"8"}', '{"type":"session.ended","id":8}', "null"];
  const socket = (/** @type {Opened} */ { tell, accepted }) => {
    tell(ready("7"));
    if (nonsense.length > 0) accepted.send(nonsense.pop() ?? "");
    else tell(ended("8"));
  };
  const server = await new Server(t).appear({ socket });
  const events = server.client().events({ lastEventId: "7" });
  for (let n = nonsense.length; n > 0; n -= 1) {
    assert.deepEqual([await next(events), await next(events)], [ready("7"), closed]);
  }
  assert.deepEqual([await next(events), await next(events)], [ready("7"), ended("8")]);
  await events.return();
});

test("a dead connection is closed within 30 s, and one that answers pings is not", async (t) => {
  let answers = true;
  const socket = (/** @type {Opened} */ { tell, accepted }) => {
    tell(ready("1"));
    accepted.on("message", (data) => answers && JSON.parse(data.toString()).type === "ping" && tell({ type: "pong" }));
  };
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const server = await new Server(t).appear({ socket });
  const events = server.client().events();
  assert.deepEqual((await events.next()).value, ready("1"));
  let pongs = 0;
  const [accepted] = server.sockets;
  accepted.on("message", () => (pongs += 1));
  const message = events.next();
  for (let n = 1; n <= 6; n += 1) {
    t.mock.timers.tick(10_000);
    while (pongs < n) await new Promise(setImmediate);
    // The answer is on its way back over a real socket.
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  }
  answers = false;
  t.mock.timers.tick(29_999);
  assert.deepEqual((await message).value, closed);
  t.mock.timers.reset();
  await events.return();
});

test("server-sent events replace a missing WebSocket, and serve a caller's own fetch", async (t) => {
  /** @type {Answer} */
  const request = (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const text = `: \n\nid: 7\nevent: ready\ndata: ${JSON.stringify(ready("7"))}\n\nid: 8\nevent: session.ended\ndata: {"type":"session.ended","id":"8","x":"ä"}\n\n`;
    const bytes = Buffer.from(text);
    // In pieces that cut lines and characters.
    for (let place = 0; place < bytes.length; place += 7) response.write(bytes.subarray(place, place + 7));
  };
  const server = await new Server(t).appear({ request });
  const listen = async (/** @type {InstanceType<typeof Tidewatch>} */ client) => {
    const events = client.events({ lastEventId: "7" });
    assert.deepEqual([await next(events), await next(events)], [ready("7"), { ...ended("8"), x: "ä" }]);
    await events.return();
  };
  let sent = 0;
  await listen(
    server.client({
      fetch: (input, init) => {
        sent += 1;
        return fetch(input, init);
      },
    }),
  );
  assert.equal(sent, 1);
  const { WebSocket } = globalThis;
  t.after(() => (globalThis.WebSocket = WebSocket));
  Reflect.deleteProperty(globalThis, "WebSocket");
  await listen(server.client());
  for (const { url, headers } of server.asked) {
    assert.deepEqual([url, headers.authorization], ["/v1/events?lastEventId=7", "Bearer tw_key"]);
  }
});

test("a signal ends the subscription at once, and the pending read rejects", async (t) => {
  const server = await new Server(t).appear({ socket: ({ tell }) => tell(ready("1")) });
  const abort = new AbortController();
  const events = server.client().events({ signal: abort.signal });
  await next(events);
  const message = events.next();
  const why = new Error("enough");
  abort.abort(why);
  const error = await within(
    "a rejection",
    message.then(assert.fail, (/** @type {Error} */ error) => error),
  );
  assert.deepEqual([error.code, error.cause], ["aborted", why]);
  const before = server.client().events({ signal: abort.signal });
  assert.equal((await before.next().then(assert.fail, (/** @type {Error} */ error) => error)).code, "aborted");
});

test("leaving the loop closes the connection, also during a wait", async (t) => {
  const server = await new Server(t).appear({ socket: ({ tell }) => tell(ready("1")) });
  const events = server.client().events();
  await next(events);
  const message = events.next();
  assert.equal((await within("a return", events.return())).done, true);
  assert.equal((await within("the end of what was awaited", message)).done, true);
});

test("invalid options are named before any request", async (t) => {
  const server = await new Server(t).appear({});
  const client = server.client();
  for (const [options, pointer] of [
    [{ lastEventId: 7 }, "/lastEventId"],
    [{ lastEventId: "x" }, "/lastEventId"],
    [{ signal: {} }, "/signal"],
    [{ since: "7" }, "/since"],
  ]) {
    assert.throws(
      () => client.events(options),
      ({ code, errors }) => code === "invalid_options" && errors[0].pointer === pointer,
    );
  }
  for (const [options, pointer] of [
    [{ by: "week" }, "/by"],
    [{ from: 1 }, "/from"],
    [{ to: new Date(NaN) }, "/to"],
  ]) {
    const error = await client.usage(options).then(assert.fail, (/** @type {Error} */ error) => error);
    assert.deepEqual([error.code, error.errors[0].pointer], ["invalid_options", pointer]);
  }
  assert.deepEqual(server.asked, []);
});

test("usage sends its options by name, and refuses a body of another shape", async (t) => {
  const usage = {
    from: "a",
    to: "b",
    by: "hour",
    periods: [],
    limits: { liveMax: 1 },
    now: { live: 0, starting: 0, waiting: 0 },
  };
  const bodies = [usage, { ...usage, periods: [{}] }];
  /** @type {Answer} */
  const request = (_, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(bodies.shift()));
  const server = await new Server(t).appear({ request });
  const client = server.client();
  assert.deepEqual(await client.usage({ from: "2026-11-01", to: new Date(0), by: "hour" }), usage);
  assert.equal(server.asked[0].url, "/v1/usage?from=2026-11-01&to=1970-01-01T00%3A00%3A00.000Z&by=hour");
  assert.equal(
    (await client.usage().then(assert.fail, (/** @type {Error} */ error) => error)).code,
    "invalid_response",
  );
});
