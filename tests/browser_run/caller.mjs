// A simulator under test, and what calls it: plain fetch, plain WebSockets.

import assert from "node:assert/strict";
import { after } from "node:test";

import { WebSocket } from "ws";

import { SocketClient } from "../support/socket_client.mjs";
import { within } from "../support/waits.mjs";
import { BrowserRun } from "./simulator.mjs";

/**
 * Opens a simulator for one test, or for the tests of one file.
 *
 * @param {{idleMs?: number, idleMsMax?: number}} [options]
 * @param {{after: (close: () => Promise<void>) => void}} [context]
 */
export async function openBrowserRun(options, context = { after }) {
  const provider = await BrowserRun.start(options);
  context.after(() => provider.close());
  return new Caller(provider);
}

export class Caller {
  /** @param {BrowserRun} provider */
  constructor(provider) {
    this.provider = provider;
  }

  /**
   * One request, and its answer: `body` is parsed if it is JSON.
   *
   * @param {string} method
   * @param {string} path
   */
  async ask(method, path) {
    const response = await fetch(this.provider.url + path, { method });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) };
  }

  /**
   * What a request brings that must succeed.
   *
   * @param {string} path
   * @param {string} [method]
   */
  async get(path, method = "GET") {
    const { status, body } = await this.ask(method, path);
    assert.equal(status, 200, `${method} ${path}: ${JSON.stringify(body)}`);
    return body;
  }

  /** @param {number} [keepAlive] */
  acquire(keepAlive) {
    const query = keepAlive === undefined ? "" : `?keep_alive=${keepAlive}`;
    return this.ask("POST", `/v1/devtools/browser${query}`);
  }

  /**
   * A browser that runs: the simulator's own, to be compared with what it says.
   *
   * @param {number} [keepAlive]
   */
  async browser(keepAlive) {
    const { status, body } = await this.acquire(keepAlive);
    assert.equal(status, 200, JSON.stringify(body));
    const browser = this.provider.browsers.get(body.sessionId);
    assert.ok(browser, "it is one of the simulator's");
    return browser;
  }

  /**
   * Asks to close a browser.
   *
   * @param {{id: string}} options
   */
  release({ id }) {
    return this.ask("DELETE", `/v1/devtools/browser/${id}`);
  }

  /** @param {{id: string}} options */
  look({ id }) {
    return this.ask("GET", `/v1/devtools/session/${id}`);
  }

  /** The ids of the browsers in the list. */
  async listed() {
    const list = await this.get("/v1/devtools/session");
    return list.map((/** @type {{sessionId: string}} */ { sessionId }) => sessionId);
  }

  /**
   * A browser's entry in the history.
   *
   * @param {{id: string}} options
   */
  async recorded({ id }) {
    const { history } = await this.get("/v1/history");
    return history.find((/** @type {{sessionId: string}} */ { sessionId }) => sessionId === id);
  }

  /**
   * A CDP socket to a browser, or to one of its pages.
   *
   * @param {{id: string}} options
   * @param {string} [target]
   */
  connect({ id }, target) {
    return SocketClient.open(this.#socketUrl(id, target));
  }

  /**
   * The status with which a socket is refused; 0 if the connection breaks off.
   *
   * @param {{id: string}} options
   * @param {string} [target]
   */
  refused({ id }, target) {
    const socket = new WebSocket(this.#socketUrl(id, target));
    const ended = new Promise((resolve, reject) => {
      socket.once("unexpected-response", (_, { statusCode }) => resolve(statusCode));
      socket.once("open", () => reject(new Error("It was not refused.")));
      socket.on("error", () => resolve(0));
    });
    return within("a refusal", ended).finally(() => socket.terminate());
  }

  /**
   * @param {string} id
   * @param {string} [target]
   */
  #socketUrl(id, target) {
    const page = target ? `/page/${target}` : "";
    return `${this.provider.url.replace("http", "ws")}/v1/devtools/browser/${id}${page}`;
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
