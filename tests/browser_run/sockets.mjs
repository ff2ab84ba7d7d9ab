// The WebSockets that lead to browsers: commands are answered, and whatever else comes is sent back as it is.

import { randomUUID } from "node:crypto";

import { WebSocketServer } from "ws";

import { COMMANDS, readCommand } from "./cdp.mjs";

/**
 * @import { IncomingMessage } from "node:http"
 * @import { Duplex } from "node:stream"
 * @import { WebSocket } from "ws"
 * @import { Browser } from "./browser.mjs"
 * @import { Command } from "./cdp.mjs"
 * @import { BrowserRun } from "./simulator.mjs"
 *
 * @typedef {{path: "page" | "browser", connectionId: string, connectionStartTime: number}} Connection
 */

const MESSAGE_BYTES_MAX = 100 * 1024 * 1024;

export class Sockets {
  #provider;
  #upgrader = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });

  /** The browser that an upgrade leads to. @type {WeakMap<IncomingMessage, Browser>} */
  #leadsTo = new WeakMap();

  /** @param {BrowserRun} provider */
  constructor(provider) {
    this.#provider = provider;
    this.#upgrader.on("headers", (headers, request) => {
      headers.push(`cf-browser-session-id: ${this.#leadsTo.get(request)?.id}`);
    });
  }

  /**
   * Opens one to a browser, or to one of its pages.
   *
   * @param {IncomingMessage} request
   * @param {Duplex} socket
   * @param {Buffer} head
   * @param {{browser: Browser, target?: string}} where
   */
  open(request, socket, head, { browser, target }) {
    // It may have ended while a fault held the answer back.
    if (!browser.alive) return socket.destroy();
    this.#leadsTo.set(request, browser);
    this.#upgrader.handleUpgrade(request, socket, head, (webSocket) => this.#serve(webSocket, browser, target));
  }

  /**
   * @param {WebSocket} plain
   * @param {Browser} browser
   * @param {string} [target]
   */
  #serve(plain, browser, target) {
    /** @type {WebSocket & Connection} */
    const socket = Object.assign(plain, {
      path: /** @type {Connection["path"]} */ (target ? "page" : "browser"),
      connectionId: randomUUID(),
      connectionStartTime: this.#provider.clock.now(),
    });
    socket.on("error", () => {});
    socket.on("close", (code, reason) => {
      browser.sockets.delete(socket);
      browser.lastClose = { code, reason: reason.toString() };
    });
    browser.sockets.add(socket);
    socket.on("message", (/** @type {Buffer} */ data, isBinary) => {
      const command = readCommand(data, isBinary);
      if (command) this.#obey(socket, browser, command);
      else socket.send(data, { binary: isBinary });
    });
  }

  /**
   * @param {WebSocket} socket
   * @param {Browser} browser
   * @param {Command} command
   */
  #obey(socket, browser, { id, method, params = {}, sessionId }) {
    const { account, cdp } = this.#provider;
    account.command(browser);
    const own = cdp[method];
    const obey = own ?? COMMANDS[method];
    const answer = (/** @type {object} */ content, sent = () => {}) =>
      socket.send(JSON.stringify({ id, sessionId, ...content }), sent);
    try {
      if (!obey) throw new Error(`'${method}' wasn't found`);
      const result = obey(params, browser, socket);
      // Chrome answers, and is gone.
      const isLast = method === "Browser.close" && !own;
      if (result !== undefined) answer({ result }, isLast ? () => account.end(browser, "NormalClosure") : undefined);
    } catch (error) {
      answer({ error: { code: -32601, message: error instanceof Error ? error.message : String(error) } });
    }
  }
}
