// A bare client of the Chrome DevTools Protocol: nothing between the measurement and the socket.

import { once } from "node:events";

import WebSocket from "ws";

/** @typedef {Record<string, unknown>} Params */

/**
 * A message of the protocol: an answer with an id, or an event with a method.
 *
 * @typedef {object} Message
 * @property {number} [id]
 * @property {string} [method]
 * @property {Params} [params]
 * @property {unknown} [result]
 * @property {{message: string}} [error]
 * @property {string} [sessionId]
 */

/** @typedef {{resolve(result: unknown): void, reject(error: Error): void}} Waiting */
/** @typedef {import("devtools-protocol/types/protocol-mapping.js").ProtocolMapping.Commands} Commands */

export class Cdp {
  #socket;
  /** @type {Map<number | undefined, Waiting>} */
  #waiting = new Map();
  /** @type {Set<(message: Message) => void>} */
  #listeners = new Set();
  #lastId = 0;

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#receive(JSON.parse(String(data))));
    socket.on("close", (code) => this.#fail(new Error(`the socket closed with ${code}`)));
  }

  /** @param {string} url */
  static async open(url) {
    const cdp = new Cdp(new WebSocket(url, { perMessageDeflate: false, maxPayload: 2 ** 30 }));
    await once(cdp.#socket, "open");
    return cdp;
  }

  /**
   * Sends a command and waits for its result.
   *
   * @template {keyof Commands} Method
   * @param {Method} method
   * @param {Commands[Method]["paramsType"][0]} [params]
   * @param {string} [sessionId]
   * @returns {Promise<Commands[Method]["returnType"]>}
   */
  send(method, params, sessionId) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
    });
  }

  /**
   * Sends a command and ignores its answer.
   *
   * @param {string} method
   * @param {Params} [params]
   * @param {string} [sessionId]
   */
  post(method, params = {}, sessionId) {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ id: ++this.#lastId, method, params, ...(sessionId && { sessionId }) }));
  }

  /**
   * Calls `listener` at each event.
   *
   * @param {(message: Message) => void} listener
   */
  listen(listener) {
    this.#listeners.add((message) => message.method && listener(message));
  }

  /**
   * The parameters of the next event with this method.
   *
   * @param {string} method
   * @param {string} [sessionId]
   */
  event(method, sessionId) {
    return new Promise((resolve) => {
      const listener = (/** @type {Message} */ message) => {
        if (message.method !== method || message.sessionId !== sessionId) return;
        this.#listeners.delete(listener);
        resolve(message.params);
      };
      this.#listeners.add(listener);
    });
  }

  /**
   * Opens a tab and waits until `url` has loaded in it.
   *
   * @param {string} url
   * @returns {Promise<{targetId: string, sessionId: string}>}
   */
  async page(url) {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    await this.send("Page.enable", {}, sessionId);
    const loaded = this.event("Page.loadEventFired", sessionId);
    await this.send("Page.navigate", { url }, sessionId);
    await loaded;
    return { targetId, sessionId };
  }

  async close() {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    this.#socket.close();
    await once(this.#socket, "close");
  }

  /** @param {Message} message */
  #receive(message) {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) {
      for (const listener of this.#listeners) listener(message);
      return;
    }
    this.#waiting.delete(message.id);
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }

  /** @param {Error} error */
  #fail(error) {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
