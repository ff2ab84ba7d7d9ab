// A client at the other end of a WebSocket.

import { WebSocket } from "ws";

import { within } from "./waits.mjs";

/**
 * @import { IncomingMessage } from "node:http"
 * @typedef {{code: number, reason: string}} Close how a socket was closed
 */

/** An open WebSocket that queues the messages that have come. */
export class SocketClient {
  /** @type {(string | Buffer)[]} */
  #messages = [];
  /** @type {((message: string | Buffer) => void)[]} */
  #waiting = [];
  /** @type {IncomingMessage | undefined} */
  #upgrade;

  /**
   * @param {string} url
   * @param {Record<string, string | undefined>} [headers]
   */
  static async open(url, headers) {
    const client = new SocketClient(new WebSocket(url, { headers, maxPayload: 0, perMessageDeflate: false }));
    await within(`a socket to ${url}`, client.opened);
    return client;
  }

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.socket = socket;
    /** @type {Promise<void>} */
    this.opened = new Promise((resolve, reject) => {
      socket.once("upgrade", (response) => (this.#upgrade = response));
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    /** @type {Promise<Close>} */
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on("error", () => {});
    socket.on("message", (/** @type {Buffer} */ data, isBinary) => {
      const message = isBinary ? data : data.toString();
      const waiting = this.#waiting.shift();
      if (waiting) waiting(message);
      else this.#messages.push(message);
    });
  }

  /** The answer that opened it. */
  get upgrade() {
    if (!this.#upgrade) throw new Error("The socket is not open.");
    return this.#upgrade;
  }

  /**
   * The next message: a text, or a Buffer if it was binary.
   *
   * @returns {Promise<any>}
   */
  async next() {
    if (this.#messages.length > 0) return this.#messages.shift();
    return within("a message", new Promise((resolve) => this.#waiting.push(resolve)));
  }

  /**
   * A CDP command and its result.
   *
   * @param {string} method
   * @param {object} [params]
   * @returns {Promise<any>}
   */
  async command(method, params) {
    this.socket.send(JSON.stringify({ id: 1, method, params }));
    const { result, error } = JSON.parse(await this.next());
    if (error) throw new Error(error.message);
    return result;
  }

  /**
   * @param {number} [code]
   * @param {string} [reason]
   */
  close(code, reason) {
    this.socket.close(code, reason);
    return within("the end of a socket", this.closed);
  }
}
