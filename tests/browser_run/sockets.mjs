// The WebSockets that lead to browsers: commands are answered, and whatever else comes is sent back as it is.

import { randomUUID } from "node:crypto";

import { WebSocketServer } from "ws";

import { COMMANDS, readCommand } from "./cdp.mjs";

const MESSAGE_BYTES_MAX = 100 * 1024 * 1024;

export class Sockets {
  #provider;
  #upgrader = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });

  /** `provider` has the account, the clock, and the commands that a test wants answered in its own way. */
  constructor(provider) {
    this.#provider = provider;
    this.#upgrader.on("headers", (headers, { browser }) => headers.push(`cf-browser-session-id: ${browser.id}`));
  }

  /** Opens one to a browser, or to one of its pages. */
  open(request, socket, head, { browser, target }) {
    // It may have ended while a fault held the answer back.
    if (!browser.alive) return socket.destroy();
    request.browser = browser;
    this.#upgrader.handleUpgrade(request, socket, head, (webSocket) => this.#serve(webSocket, browser, target));
  }

  #serve(socket, browser, target) {
    socket.path = target ? "page" : "browser";
    socket.connectionId = randomUUID();
    socket.connectionStartTime = this.#provider.clock.now();
    socket.on("error", () => {});
    socket.on("close", (code, reason) => {
      browser.sockets.delete(socket);
      browser.lastClose = { code, reason: reason.toString() };
    });
    browser.sockets.add(socket);
    socket.on("message", (data, isBinary) => {
      const command = readCommand(data, isBinary);
      if (command) this.#obey(socket, browser, command);
      else socket.send(data, { binary: isBinary });
    });
  }

  #obey(socket, browser, { id, method, params = {}, sessionId }) {
    const { account, cdp } = this.#provider;
    account.command(browser);
    const own = cdp[method];
    const obey = own ?? COMMANDS[method];
    const answer = (content, sent) => socket.send(JSON.stringify({ id, sessionId, ...content }), sent);
    try {
      if (!obey) throw new Error(`'${method}' wasn't found`);
      const result = obey(params, browser, socket);
      // Chrome answers, and is gone.
      const isLast = method === "Browser.close" && !own;
      if (result !== undefined) answer({ result }, isLast ? () => account.end(browser, "NormalClosure") : undefined);
    } catch (error) {
      answer({ error: { code: -32601, message: error.message } });
    }
  }
}
