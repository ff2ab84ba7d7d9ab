// A client at the other end of a WebSocket.

import { WebSocket } from "ws";

import { within } from "./waits.mjs";

/** An open WebSocket that remembers what has come. */
export class Client {
  #messages = [];
  #waiting = [];

  static async open(url, headers) {
    const client = new Client(new WebSocket(url, { headers, maxPayload: 0, perMessageDeflate: false }));
    await within(`a socket to ${url}`, client.opened);
    return client;
  }

  constructor(socket) {
    this.socket = socket;
    this.opened = new Promise((resolve, reject) => {
      socket.once("upgrade", (response) => (this.upgrade = response));
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => {
      const message = isBinary ? data : data.toString();
      const waiting = this.#waiting.shift();
      if (waiting) waiting(message);
      else this.#messages.push(message);
    });
  }

  /** The next message: a text, or a Buffer if it was binary. */
  next() {
    if (this.#messages.length > 0) return this.#messages.shift();
    return within("a message", new Promise((resolve) => this.#waiting.push(resolve)));
  }

  /** A CDP command and its result. */
  async command(method, params) {
    this.socket.send(JSON.stringify({ id: 1, method, params }));
    const { result, error } = JSON.parse(await this.next());
    if (error) throw new Error(error.message);
    return result;
  }

  close(code, reason) {
    this.socket.close(code, reason);
    return within("the end of a socket", this.closed);
  }
}
