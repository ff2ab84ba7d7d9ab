// A CDP connection on which nothing is waited for without end: the browser behind it may have been stopped or killed.

import WebSocket from "ws";

const WITHIN_MS = 8_000;

/** Opens a connection. Rejects with an error whose `status` is that of a refusal, if there was one. */
export function connectCdp(url) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { handshakeTimeout: WITHIN_MS });
    socket.once("open", () => resolve(new Cdp(socket)));
    socket.once("unexpected-response", (request, { statusCode }) => {
      request.destroy();
      reject(Object.assign(new Error(`refused with ${statusCode}`), { status: statusCode }));
    });
    // Stays for the socket's whole life: an error that nobody listens for would end this process.
    socket.on("error", reject);
  });
}

class Cdp {
  #lastId = 0;
  #waiting = new Map();

  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data) => this.#receive(JSON.parse(data)));
    socket.on("close", (code) => this.#waiting.forEach(({ reject }) => reject(new Error(`closed with ${code}`))));
  }

  get isOpen() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  send(method) {
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no answer")), WITHIN_MS);
      const settle = (how) => (value) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        how(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.socket.send(JSON.stringify({ id, method }), (error) => error && this.#waiting.get(id)?.reject(error));
    });
  }

  /** Goes without a word. */
  drop() {
    this.socket.terminate();
  }

  #receive({ id, result, error }) {
    const waiting = this.#waiting.get(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}
