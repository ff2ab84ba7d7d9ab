// A bare client of the Chrome DevTools Protocol: nothing between the measurement and the socket.

import { once } from "node:events";

import WebSocket from "ws";

export class Cdp {
  #socket;
  #waiting = new Map();
  #listeners = new Set();
  #lastId = 0;

  static async open(url) {
    const cdp = new Cdp();
    cdp.#socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 2 ** 30 });
    cdp.#socket.on("message", (data) => cdp.#receive(JSON.parse(data)));
    cdp.#socket.on("close", (code) => cdp.#fail(new Error(`the socket closed with ${code}`)));
    await once(cdp.#socket, "open");
    return cdp;
  }

  send(method, params = {}, sessionId) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
    });
  }

  /** A command whose answer nobody waits for. */
  post(method, params = {}, sessionId) {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ id: ++this.#lastId, method, params, ...(sessionId && { sessionId }) }));
  }

  /** Calls `listener` at each event. */
  listen(listener) {
    this.#listeners.add((message) => message.method && listener(message));
  }

  event(method, sessionId) {
    return new Promise((resolve) => {
      const listener = (message) => {
        if (message.method !== method || message.sessionId !== sessionId) return;
        this.#listeners.delete(listener);
        resolve(message.params);
      };
      this.#listeners.add(listener);
    });
  }

  /** Opens a tab and waits until `url` has loaded in it. */
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

  #receive(message) {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return this.#listeners.forEach((listener) => listener(message));
    this.#waiting.delete(message.id);
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }

  #fail(error) {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
