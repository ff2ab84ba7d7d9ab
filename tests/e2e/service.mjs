// The service under test: the built Worker on a real workerd, with a real Chrome behind each session.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { afterEach } from "node:test";

import { mintKey } from "../../scripts/keys/key.mjs";
import { openPlatform } from "../../scripts/serve/platform.mjs";
import { listProcesses } from "../../scripts/support/processes.mjs";
import { makeSecret } from "../../scripts/keys/secrets.mjs";
import { until } from "./until.mjs";

/** An id that is well formed and nobody's. */
export const NOBODYS_ID = "0192f0c1-7b3c-4000-8000-00000000000a";

/**
 * Opens the service in this process, for all tests of a file. After each of them every session is released, and no Chrome
 * may be left.
 */
export async function openService({ vars = {}, persist } = {}) {
  const secret = makeSecret();
  const platform = await openPlatform({ persist, vars: { TIDEWATCH_SECRET: secret, ...vars } });
  const service = new Service({ ...platform, secret });
  afterEach(() => service.clear());
  return service;
}

/** A running service, in this process or another. */
export class Service {
  #projects = [];

  constructor({ url, run, secret, dispose }) {
    this.url = url;
    this.run = run;
    this.secret = secret;
    this.dispose = dispose;
  }

  get socketUrl() {
    return this.url.replace("http", "ws");
  }

  /** A tenant, by default one that nobody else uses. */
  project(name = `p-${randomBytes(6).toString("hex")}`) {
    const project = new Project(this, mintKey({ secret: this.secret, project: name }));
    this.#projects.push(project);
    return project;
  }

  /**
   * The Chromes of this run: their root processes, none of their helpers. A root leads a process group; a helper that has
   * just been forked still has the root's command line.
   */
  chromes() {
    const profile = `--user-data-dir=${this.run}/`;
    return listProcesses().filter(({ pid, group, command }) => pid === group && command.includes(profile));
  }

  untilChromes(count, withinMs) {
    return until(`${count} Chromes`, () => this.chromes().length === count, withinMs);
  }

  /** Releases all sessions, and waits until their Chromes are gone. */
  async clear() {
    await Promise.all(this.#projects.splice(0).map((project) => project.releaseAll()));
    await this.untilChromes(0);
  }
}

/** A tenant of the service, and its calls. */
export class Project {
  constructor(service, key) {
    this.service = service;
    this.key = key;
    this.headers = { authorization: `Bearer ${key}` };
  }

  /** One call: its status, headers and body, JSON or text. `headers` over the project's own. */
  async call(method, path, { body, headers } = {}) {
    const sent = { ...this.headers, ...(body !== undefined && { "content-type": "application/json" }), ...headers };
    const url = new URL(path, this.service.url);
    const response = await fetch(url, {
      method,
      headers: sent,
      body: body !== undefined ? JSON.stringify(body) : undefined,
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type"));
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  /** A call that must be answered with this status: its body. */
  async expect(status, method, path, options) {
    const answer = await this.call(method, path, options);
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    return answer.body;
  }

  create(body, headers) {
    return this.expect(201, "POST", "/v1/sessions", { body, headers });
  }

  get(id) {
    return this.expect(200, "GET", `/v1/sessions/${id}`);
  }

  list(query = "") {
    return this.expect(200, "GET", `/v1/sessions${query}`);
  }

  release(id) {
    return this.expect(200, "POST", `/v1/sessions/${id}/release`);
  }

  releaseAll(query = "") {
    return this.expect(200, "POST", `/v1/sessions/release${query}`);
  }

  /** Waits until a session is over, and gives it back. */
  untilEnded(id, withinMs) {
    const ended = async () => {
      const session = await this.get(id);
      return session.status !== "live" && session;
    };
    return until(`${id} has ended`, ended, withinMs);
  }
}
