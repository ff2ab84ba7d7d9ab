// A simulator of Browser Run: its HTTP and WebSocket paths, its limits and its endings as they are in production, and
// faults that a test sets. There is no Chrome in it.
//
// Each call has a usual answer. A test plans another reaction: for the next calls of a kind (`next`), or for all
// (`always`). The kinds are acquire, list, look (at one), close, connect, page, json, limits and history; `any` is all.
// Limits, slow closes and a list that lags are the account's (`account.limit`, `.closingMs`, `.lag`), time the clock's
// (`clock.pass`).

import { createServer } from "node:http";

import { listenLocally } from "../support/local_server.mjs";
import { Account } from "./account.mjs";
import { Clock } from "./clock.mjs";
import { answerDevtools } from "./devtools.mjs";
import { readRoute } from "./paths.mjs";
import { Plans } from "./plans.mjs";
import { Sockets } from "./sockets.mjs";

/**
 * @import { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
 * @import { Socket } from "node:net"
 * @import { Duplex } from "node:stream"
 * @import { Browser } from "./browser.mjs"
 * @import { Answers } from "./cdp.mjs"
 * @import { PlainReply, Reaction, Reply } from "./faults.mjs"
 * @import { CallKind, Route } from "./paths.mjs"
 * @import { PlannedCall } from "./plans.mjs"
 *
 * @typedef {object} MadeCall
 * @property {CallKind} call
 * @property {string} [url]
 * @property {IncomingHttpHeaders} headers
 * @property {string} [browser] its id
 * @property {number} [keepAlive]
 * @property {number} at
 */

const IDLE_MS = 60_000;
const IDLE_MS_MAX = 600_000;

export class BrowserRun {
  /** Everything that was asked, in order. @type {MadeCall[]} */
  calls = [];
  /** What the browsers answer to CDP methods instead of the usual. @type {Record<string, Answers>} */
  cdp = {};
  /** The provider's time. */
  clock = new Clock();
  /** Where it is, once it has started. */
  url = "";

  #plans = new Plans();
  #server = createServer((request, response) => this.#answer(request, response));
  #sockets;
  /** The connections that the server has handed over for a WebSocket. @type {Set<Duplex>} */
  #handedOver = new Set();

  /**
   * @param {object} [options]
   * @param {number} [options.idleMs] a browser without a command for so long is closed
   * @param {number} [options.idleMsMax] no `keep_alive` raises that above so much
   */
  constructor({ idleMs = IDLE_MS, idleMsMax = Math.max(idleMs, IDLE_MS_MAX) } = {}) {
    this.account = new Account(this.clock, { idleMs, idleMsMax });
    this.#sockets = new Sockets(this);
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    // A connection that is kept may be used just when it is closed: that is a fault, and no test has set it.
    this.#server.keepAliveTimeout = 0;
  }

  /**
   * Starts it on a free port; `url` says where.
   *
   * @param {ConstructorParameters<typeof BrowserRun>[0]} [options]
   */
  static async start(options) {
    const provider = new BrowserRun(options);
    const server = provider.#server;
    provider.url = (await listenLocally(server)).url;
    return provider;
  }

  /** @returns {Promise<void>} */
  close() {
    this.clock.stop();
    for (const socket of this.#handedOver) socket.destroy();
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /**
   * The next calls of this kind meet these reactions, one each.
   *
   * @param {PlannedCall} call
   * @param {Reaction[]} reactions
   */
  next(call, ...reactions) {
    this.#plans.next(call, reactions);
  }

  /**
   * All calls of this kind meet this reaction, until `usual()`; if a browser is named, those about it.
   *
   * @param {PlannedCall} call
   * @param {Reaction} reaction
   * @param {Browser} [browser]
   */
  always(call, reaction, browser) {
    this.#plans.always(call, reaction, browser);
  }

  /** What was planned is forgotten, and browsers speak CDP as usual. The account stays as it is. */
  usual() {
    this.#plans.clear();
    this.cdp = {};
  }

  /**
   * The calls of a kind, about one browser if one is named.
   *
   * @param {CallKind} call
   * @param {{id: string}} [browser]
   */
  made(call, browser) {
    return this.calls.filter((made) => made.call === call && (!browser || made.browser === browser.id));
  }

  /** All browsers that were ever given out, by id; `alive` tells whether one is. */
  get browsers() {
    return this.account.browsers;
  }

  /** The browser that was given out last. */
  newest() {
    const { newest } = this.account;
    if (!newest) throw new Error("No browser was ever given out.");
    return newest;
  }

  /** Ids of the browsers that run. */
  running() {
    return this.account.running().map(({ id }) => id);
  }

  /**
   * Starts a browser, as if somebody else had asked for it.
   *
   * @param {number} [keepAlive]
   */
  openBrowser(keepAlive) {
    return this.account.open(keepAlive);
  }

  /**
   * Crashes a browser: its sockets break off.
   *
   * @param {Browser} browser
   */
  kill(browser) {
    this.account.end(browser, "ChromiumCrashed");
  }

  /**
   * Evicts a browser, as the provider does for a new release.
   *
   * @param {Browser} browser
   */
  evict(browser) {
    this.account.end(browser, "SessionEvicted");
  }

  /**
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   */
  async #answer(request, response) {
    request.resume();
    const { reply, browser } = await this.#react(request);
    if (reply.take) return reply.take(request.socket, request);
    const { status, headers, body } = reply;
    // Browser Run names the browser in its own headers, which clients must not see.
    const named = browser ? { "cf-browser-session-id": browser.id } : {};
    response.writeHead(status, { "content-type": "application/json", ...named, ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  }

  /**
   * @param {IncomingMessage} request
   * @param {Duplex} socket
   * @param {Buffer} head
   */
  async #upgrade(request, socket, head) {
    this.#handedOver.add(socket);
    socket.on("error", () => {}).on("close", () => this.#handedOver.delete(socket));
    const { reply, browser, route } = await this.#react(request);
    if (reply.take) return reply.take(/** @type {Socket} */ (socket), request, head);
    if (reply.status !== 101) return socket.end(`HTTP/1.1 ${reply.status} Refused\r\ncontent-length: 0\r\n\r\n`);
    if (!browser) throw new Error("An upgrade leads to no browser.");
    this.#sockets.open(request, socket, head, { browser, target: route.target });
  }

  /**
   * @param {IncomingMessage} request
   * @returns {Promise<{route: Route, browser?: Browser, reply: Reply}>}
   */
  async #react(request) {
    const route = readRoute(request);
    const { call, browser: id, keepAlive } = route;
    this.calls.push({ call, url: request.url, headers: request.headers, browser: id, keepAlive, at: Date.now() });
    const browser = this.browsers.get(id ?? "");
    const usual = () => this.#usually(route, browser);
    const planned = this.#plans.take(call, id);
    return { route, browser, reply: planned ? await planned({ usual, browser, provider: this }) : usual() };
  }

  /**
   * @param {Route} route
   * @param {Browser} [browser]
   * @returns {PlainReply}
   */
  #usually(route, browser) {
    const { account } = this;
    switch (route.call) {
      case "acquire":
        return this.#acquire(route.keepAlive);
      case "list":
        return ok(account.list());
      case "limits":
        return ok(account.limits());
      case "history":
        return ok({ history: account.history() });
      case "close": {
        const status = browser && account.close(browser);
        return status ? ok({ status }) : NOT_FOUND;
      }
      case "other":
        return { status: 404, body: "no such path" };
      default:
        return browser?.alive ? this.#ask(browser, route) : NOT_FOUND;
    }
  }

  /**
   * @param {number} [keepAlive]
   * @returns {PlainReply}
   */
  #acquire(keepAlive) {
    const { wait } = this.account;
    if (wait === 0) return ok({ sessionId: this.account.open(keepAlive).id });
    /** @type {Record<string, string>} */
    const headers = wait === Infinity ? {} : { "retry-after": String(Math.ceil(wait / 1000)) };
    return { status: 429, headers, body: "Rate limit exceeded" };
  }

  /**
   * A call about a browser that is alive.
   *
   * @param {Browser} browser
   * @param {Route} route
   * @returns {PlainReply}
   */
  #ask(browser, route) {
    switch (route.call) {
      case "look":
        return ok(browser.entry);
      case "connect":
        return route.upgrade ? SWITCHES : NOT_FOUND;
      case "page":
        return route.upgrade && browser.findTarget(route.target) ? SWITCHES : NOT_FOUND;
      default:
        return answerDevtools(browser, route, new URL(this.url).host);
    }
  }
}

const NOT_FOUND = { status: 404, body: {} };

const SWITCHES = { status: 101, body: {} };

/** @param {unknown} body */
const ok = (body) => ({ status: 200, body });
