// The Worker under test, on workerd, before a simulator of its provider; and clients of it.

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

import { WebSocket } from "ws";

import { mintKey } from "../../scripts/keys/key.mjs";
import { openPlatform } from "../../scripts/serve/platform.mjs";
import { BrowserRun } from "../browser_run/simulator.mjs";
import { until, within } from "../waits.mjs";

export { Client } from "../client.mjs";
export { until, within } from "../waits.mjs";

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A folder that is removed after the file's tests. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "tidewatch-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Opens the Worker and its provider for the tests of one file; for one test, if its context is given. `provider` are
 * the simulator's own options.
 */
export async function openService({ provider, ...options } = {}, context = { after }) {
  const service = new Service(await BrowserRun.start(provider), options);
  context.after(() => service.close());
  await service.open();
  return service;
}

export class Service {
  secret = randomBytes(32).toString("base64url");
  #projects = 0;

  /** Without recordings, unless a test is about them: a recorder is one more socket at each browser. */
  constructor(provider, { vars = {}, persist, recordings = false } = {}) {
    this.provider = provider;
    this.vars = { TIDEWATCH_SECRET: this.secret, LIVE_SESSIONS_MAX: "20", ...vars };
    this.persist = persist;
    this.recordings = recordings;
  }

  async open() {
    const { persist, provider, recordings, vars } = this;
    this.platform = await openPlatform({ port: 0, persist, vars, recordings, browser: { url: provider.url } });
    this.url = this.platform.url;
  }

  async close() {
    await this.platform?.dispose();
    await this.provider.close();
  }

  /** Stops the Worker as a crash does; `open()` starts it again with what it has stored. */
  async stop() {
    await this.platform.dispose();
    this.platform = undefined;
  }

  /** Fires the cron trigger. */
  async cron() {
    const worker = await this.platform.mf.getWorker();
    return worker.scheduled({ cron: "* * * * *" });
  }

  /** The names of the projects that the cron trigger sweeps. */
  async directory() {
    const namespace = await this.platform.mf.getDurableObjectNamespace("DIRECTORY");
    const stub = namespace.get(namespace.idFromName("directory"));
    const answer = await stub.fetch("http://directory/", { method: "POST", body: '{"projects":null}' });
    return (await answer.json()).projects;
  }

  /** A project that no other test has touched. */
  newProject() {
    this.#projects += 1;
    return this.project(`p${this.#projects}`);
  }

  project(name) {
    return new Project(this, name, mintKey({ secret: this.secret, project: name }));
  }

  /** One request, by fetch. `body` is sent as JSON unless it is a text or bytes. */
  async send(method, path, { body, headers = {}, key } = {}) {
    const isRaw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
    const response = await fetch(this.url + path, {
      method,
      body: isRaw ? body : JSON.stringify(body),
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...authorization(key),
        ...headers,
      },
    });
    return readAnswer({ method, path }, response.status, response.headers, await response.text());
  }

  /** One request, by node:http, which sends what fetch would not: `chunks` go out one by one, without a length. */
  async stream(method, path, { chunks, headers = {}, key }) {
    const options = {
      method,
      path,
      headers: { "content-type": "application/json", ...authorization(key), ...headers },
    };
    const response = await within(
      `an answer to ${method} ${path}`,
      new Promise((resolve, reject) => {
        const request = httpRequest(this.url, { ...options, agent: false }, resolve).on("error", reject);
        for (const chunk of chunks) request.write(chunk);
        request.end();
      }),
    );
    const text = Buffer.concat(await response.toArray()).toString();
    return readAnswer({ method, path }, response.statusCode, new Headers(response.headers), text);
  }

  /** A body that is announced and never sent: what is answered before it comes. */
  async announce(method, path, { bytes, key }) {
    const headers = { "content-type": "application/json", "content-length": bytes, ...authorization(key) };
    const request = httpRequest(this.url, { method, path, headers, agent: false });
    request.flushHeaders();
    try {
      const response = await within(
        `an answer to ${method} ${path}`,
        new Promise((resolve, reject) => request.on("response", resolve).on("error", reject)),
      );
      const text = Buffer.concat(await response.toArray()).toString();
      return readAnswer({ method, path }, response.statusCode, new Headers(response.headers), text);
    } finally {
      request.destroy();
    }
  }

  /** Bytes as they are, and what comes back until the other side has nothing more to say. */
  async raw(bytes) {
    const { hostname, port } = new URL(this.url);
    const socket = connectSocket(port, hostname);
    const received = [];
    socket.on("data", (data) => received.push(data));
    socket.on("error", () => {});
    socket.write(bytes);
    await within("the end of a raw connection", new Promise((resolve) => socket.once("close", resolve)));
    return Buffer.concat(received).toString("latin1");
  }
}

const authorization = (key) => (key ? { authorization: `Bearer ${key}` } : {});

export class Project {
  constructor(service, name, key) {
    this.service = service;
    this.name = name;
    this.key = key;
  }

  call(method, path, options = {}) {
    return this.service.send(method, path, { key: this.key, ...options });
  }

  create(body, headers) {
    return this.call("POST", "/v1/sessions", { body, headers });
  }

  /** A session that is live. */
  async live(body, headers) {
    const { body: session } = expectStatus(await this.create(body, headers), 201);
    return session;
  }

  get(id) {
    return this.call("GET", `/v1/sessions/${id}`);
  }

  /** A session as it is now. */
  async session(id) {
    return expectStatus(await this.get(id), 200).body;
  }

  list(query = "") {
    return this.call("GET", `/v1/sessions${query}`);
  }

  change(id, body) {
    return this.call("PATCH", `/v1/sessions/${id}`, { body });
  }

  release(id) {
    return this.call("POST", `/v1/sessions/${id}/release`);
  }

  releaseAll(query = "") {
    return this.call("POST", `/v1/sessions/release${query}`);
  }

  /** Waits until a session has ended, and its browser is gone. */
  ended(id) {
    return until(`session ${id} has ended`, async () => {
      const session = await this.session(id);
      return session.status !== "live" && !session.closing && session;
    });
  }
}

/** Every answer that came, for tests that look through all of them. */
export const received = [];

/** An answer with its body read. What must hold for every answer is checked here. */
function readAnswer(request, status, headers, text) {
  const answer = { ...request, status, headers, text };
  received.push(answer);
  const type = headers.get("content-type") ?? "";
  if (/json/.test(type) && text !== "") answer.body = JSON.parse(text);
  if (request.path.startsWith("/v1/")) {
    const what = describe(answer);
    assert.match(headers.get("x-request-id") ?? "", UUID, `x-request-id of ${what}`);
    assert.equal(headers.get("cache-control"), "no-store", `cache-control of ${what}`);
    assert.match(headers.get("vary") ?? "", /\borigin\b/i, `vary of ${what}`);
    assert.equal(headers.get("access-control-allow-credentials"), null, `a key is no cookie: ${what}`);
    if (status === 409) assert.equal(headers.get("x-should-retry"), "false", `a 409 is not to be retried: ${what}`);
    if (status >= 400 && request.method !== "HEAD") checkProblem(answer);
  }
  return answer;
}

const describe = ({ method, path, status, text }) => `${method} ${path.slice(0, 120)}: ${status} ${text.slice(0, 300)}`;

export function expectStatus(answer, status) {
  assert.equal(answer.status, status, describe(answer));
  return answer;
}

/** The answer must be a problem of this status and code. */
export function expectProblem(answer, status, code) {
  expectStatus(answer, status);
  checkProblem(answer);
  assert.equal(answer.body.code, code, describe(answer));
  return answer.body;
}

function checkProblem(answer) {
  const what = describe(answer);
  assert.equal(answer.headers.get("content-type"), "application/problem+json", what);
  const { type, title, status, detail, code, message, requestId, errors } = answer.body;
  for (const text of [type, title, detail, code]) assert.ok(typeof text === "string" && text !== "", what);
  assert.equal(status, answer.status, what);
  assert.equal(message, detail, what);
  assert.match(code, /^[a-z_]+$/, what);
  assert.equal(requestId, answer.headers.get("x-request-id"), what);
  if (code === "invalid_request") {
    assert.ok(errors.length > 0, what);
    for (const { pointer, detail } of errors) {
      assert.match(pointer, /^(\/|$)/, what);
      assert.ok(detail, what);
    }
  }
}

/** A UUID of the caller's. */
export const newId = () => randomUUID();

/** An upgrade that must be refused: the answer that came instead. */
export async function refusedUpgrade(url, headers) {
  const socket = new WebSocket(url, { headers });
  const response = await within(
    `a refusal of ${url}`,
    new Promise((resolve, reject) => {
      socket.once("unexpected-response", (_, response) => resolve(response));
      socket.once("open", () => {
        socket.terminate();
        reject(new Error("It was not refused."));
      });
      socket.once("error", reject);
    }),
  );
  const text = Buffer.concat(await response.toArray()).toString();
  socket.on("error", () => {});
  socket.terminate();
  const { pathname } = new URL(url);
  return readAnswer({ method: "GET", path: pathname }, response.statusCode, new Headers(response.headers), text);
}
