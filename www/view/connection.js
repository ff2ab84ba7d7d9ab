// The viewer's socket: CDP commands and events. A lost socket is opened again.

/** @import { CdpEvent, MarkEvent, Method, Params, Response, Result } from "./cdp.js" */

const WAIT_FIRST_MS = 250;
const WAIT_MAX_MS = 8_000;
// The statuses of a link that will never work.
const REFUSED = [401, 403, 404];
const GONE = 410;

/** A command that failed: its session or connection is gone, or the browser refused it. */
export class CommandFailed extends Error {
  /** @override */
  name = "CommandFailed";
}

/**
 * Ignores failed commands: they were for a tab that has just closed, or a connection that has just been lost.
 *
 * @param {() => Promise<unknown>} work
 */
export async function ignoringFailedCommands(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
  }
}

/**
 * @typedef {object} Handlers
 * @property {() => void} opened
 * @property {(event: CdpEvent) => void} event
 * @property {(retryInMs: number) => void} lost
 * @property {(why: string) => void} ended the session has ended
 * @property {(code: string, why: string) => void} refused the link is not valid; `code` is the service's error code
 */

/** @typedef {{resolve: (result: unknown) => void, reject: (error: Error) => void}} Waiting */

export class Connection {
  #path;
  #handlers;
  /** @type {WebSocket | undefined} */
  #socket;
  #lastId = 0;
  /** @type {Map<number, Waiting>} the commands without a response, by their ids */
  #waiting = new Map();
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #isOver = false;

  /**
   * @param {string} path the socket's path, from `/v1` on
   * @param {Handlers} handlers called later, never by this constructor
   */
  constructor(path, handlers) {
    this.#path = path;
    this.#handlers = handlers;
    addEventListener("online", () => this.retry());
    this.#open();
  }

  /**
   * Sends a command to the browser, or to a tab.
   *
   * @template {Method} M
   * @param {M} method
   * @param {Params<M>} params
   * @param {string} [sessionId]
   * @returns {Promise<Result<M>>} rejects with `CommandFailed`
   */
  send(method, params, sessionId) {
    return new Promise((resolve, reject) => {
      const id = this.#write(method, params, sessionId);
      if (id === undefined) return reject(new CommandFailed("the connection is lost"));
      this.#waiting.set(id, { resolve: (result) => resolve(/** @type {Result<M>} */ (result)), reject });
    });
  }

  /**
   * Sends a command and does not wait for its result.
   *
   * @template {Method} M
   * @param {M} method
   * @param {Params<M>} params
   * @param {string} [sessionId]
   */
  post(method, params, sessionId) {
    this.#write(method, params, sessionId);
  }

  /** Connects now, if it is waiting to try again. */
  retry() {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#open();
  }

  /**
   * @param {Method} method
   * @param {object} params
   * @param {string | undefined} sessionId
   */
  #write(method, params, sessionId) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return undefined;
    const id = ++this.#lastId;
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return id;
  }

  #open() {
    this.#timer = undefined;
    const socket = new WebSocket(new URL(this.#path, location.href.replace(/^http/, "ws")));
    this.#socket = socket;
    socket.addEventListener("open", () => this.#handlers.opened());
    socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(data)));
    socket.addEventListener("close", () => this.#closed());
  }

  /** @param {Response | CdpEvent | MarkEvent} message */
  #receive(message) {
    this.#failures = 0;
    if ("method" in message) {
      if (message.method === "Viewer.mark") this.post("Viewer.read", message.params);
      else this.#handlers.event(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error) waiting?.reject(new CommandFailed(message.error.message));
    else waiting?.resolve(message.result);
  }

  async #closed() {
    this.#socket = undefined;
    for (const { reject } of this.#waiting.values()) reject(new CommandFailed("the connection is lost"));
    this.#waiting.clear();
    if (this.#isOver) return;
    // A browser does not say why a socket was refused or closed. An ordinary request to the same address does.
    const { status, code, message } = await fetchReason(this.#path);
    if (status === GONE) return this.#end(() => this.#handlers.ended(message));
    if (REFUSED.includes(status)) return this.#end(() => this.#handlers.refused(code, message));
    const wait = Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** this.#failures) * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#open(), wait);
    this.#handlers.lost(wait);
  }

  /** @param {() => void} report */
  #end(report) {
    this.#isOver = true;
    report();
  }
}

/** @param {string} path */
async function fetchReason(path) {
  try {
    const answer = await fetch(path);
    const { code, message } = await answer.json();
    return { status: answer.status, code: String(code), message: String(message) };
  } catch {
    return { status: 0, code: "", message: "" };
  }
}
