// A client of the Chrome DevTools Protocol over a plain WebSocket.

import { WebSocket } from "ws";

import { handshake } from "./handshake.mjs";

/** @import { ClientOptions } from "ws" */

/**
 * Opens a connection. Rejects with an error that has the refusal's `status`, if there was one.
 *
 * @param {string} url
 * @param {ClientOptions & {headers?: Record<string, string>, answerWithinMs?: number}} [options] `answerWithinMs`: how
 * long a command may take; default: forever
 */
export async function connectCdp(url, { headers, answerWithinMs, ...options } = {}) {
  const { socket, status, text } = await handshake(url, headers, options);
  if (!socket) throw Object.assign(new Error(`refused with ${status}: ${text.slice(0, 200)}`), { status });
  return new Cdp(socket, answerWithinMs);
}

/** A CDP connection; commands may overlap. */
export class Cdp {
  #lastId = 0;
  /** @type {Map<number, {resolve: (result: any) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();
  /** @type {number | undefined} */
  #answerWithinMs;

  /**
   * @param {WebSocket} socket
   * @param {number} [answerWithinMs]
   */
  constructor(socket, answerWithinMs) {
    this.socket = socket;
    this.#answerWithinMs = answerWithinMs;
    /** The code with which it was closed. @type {Promise<number>} */
    this.closed = new Promise((resolve) => socket.once("close", (code) => resolve(code)));
    socket.on("message", (data) => this.#receive(JSON.parse(data.toString())));
    socket.on("close", (code) => this.#fail(new Error(`closed with ${code}`)));
  }

  get isOpen() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /**
   * A command and its result.
   *
   * @param {string} method
   * @param {object} [params]
   * @param {string} [sessionId] of a target that is attached to
   * @returns {Promise<any>}
   */
  send(method, params = {}, sessionId = undefined) {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const limit = this.#answerWithinMs;
      const timer = limit && setTimeout(() => this.#waiting.get(id)?.reject(new Error("no answer")), limit);
      const settle = (/** @type {(value: any) => void} */ how) => (/** @type {any} */ value) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        how(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.socket.send(
        JSON.stringify({ id, method, params, sessionId }),
        (error) => error && this.#waiting.get(id)?.reject(error),
      );
    });
  }

  /** Closes in order; the code of the close. */
  close() {
    this.socket.close();
    return this.closed;
  }

  /** Cuts the connection without a closing handshake. */
  drop() {
    this.socket.terminate();
  }

  /** @param {Error} error */
  #fail(error) {
    for (const { reject } of this.#waiting.values()) reject(error);
  }

  /** @param {{id?: number, result?: unknown, error?: {message: string}}} message */
  #receive({ id = 0, result, error }) {
    const waiting = this.#waiting.get(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}

/**
 * The process id of the Chrome behind a session, as Chrome itself reports it.
 *
 * @param {{websocketUrl: string}} session
 * @returns {Promise<number>}
 */
export async function chromePid({ websocketUrl }) {
  const cdp = await connectCdp(websocketUrl);
  const pid = await browserPid(cdp);
  await cdp.close();
  return pid;
}

/**
 * The process id of the browser at the other end of a connection.
 *
 * @param {Cdp} cdp
 * @returns {Promise<number>}
 */
export async function browserPid(cdp) {
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  return processInfo.find((/** @type {{type: string}} */ { type }) => type === "browser").id;
}
