// A provider of browsers in which a test decides what happens: Browser Run's paths, and no Chrome behind them.
//
// Each call has a usual answer. A test plans another one: for the next calls of a kind (`next`), or for all (`always`).

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

import { WebSocketServer } from "ws";

const MESSAGE_BYTES_MAX = 100 * 1024 * 1024;
const SIZE_AT_FIRST = { width: 1200, height: 800 };

/** Answers with a status; `body` is sent as JSON unless it is a text. */
export const answers = (status, { headers, body = {} } = {}) => () => ({ status, headers, body });

/** Never answers. */
export const hangs = () => new Promise(() => {});

/** Cuts the connection before it answers. */
export const breaksOff = () => "cut";

/** A usual answer that waits: `arrived` is settled when the call is there, and `open()` lets it go on. */
export function gate(then = ({ usual }) => usual()) {
  const held = {};
  const opened = new Promise((resolve) => (held.open = resolve));
  held.arrived = new Promise((resolve) => (held.arrive = resolve));
  held.reaction = async (call) => {
    held.arrive();
    await opened;
    return then(call);
  };
  return held;
}

export class StandIn {
  /** Everything that was asked, in order: `{call, url, headers, browser, keepAlive, at}`. */
  calls = [];
  /** All browsers that were ever given out, by id; `alive` tells whether one is. */
  browsers = new Map();
  /** What the browsers answer to CDP methods: `{[method]: (params, browser) => result}`; throwing is an error. */
  cdp = {};

  #planned = [];
  #server = createServer((request, response) => this.#answer(request, response));
  #upgrader = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });

  static async start() {
    const standIn = new StandIn();
    const server = standIn.#server;
    server.on("upgrade", (request, socket, head) => standIn.#upgrade(request, socket, head));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    standIn.url = `http://127.0.0.1:${server.address().port}`;
    return standIn;
  }

  close() {
    for (const browser of this.browsers.values()) this.#cut(browser);
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** The next calls of this kind meet these reactions, one each. `browser` limits that to the calls about one. */
  next(call, ...reactions) {
    for (const reaction of reactions) this.#planned.push({ call, reaction, times: 1 });
  }

  /** All calls of this kind meet this reaction, until `usual()`. */
  always(call, reaction, browser) {
    this.#planned.push({ call, reaction, browser, times: Infinity });
  }

  /** What was planned is forgotten, and browsers speak CDP as usual. */
  usual() {
    this.#planned = [];
    this.cdp = {};
  }

  /** The calls of a kind, about one browser if one is named. */
  made(call, browser) {
    return this.calls.filter((made) => made.call === call && (!browser || made.browser === browser.id));
  }

  /** The browser that was given out last. */
  newest() {
    return [...this.browsers.values()].at(-1);
  }

  /** Ids of the browsers that run. */
  running() {
    return [...this.browsers.values()].filter(({ alive }) => alive).map(({ id }) => id);
  }

  /** Ends a browser as a crash does: it is in no list any more, and its sockets break off. */
  kill(browser) {
    browser.alive = false;
    this.#cut(browser);
  }

  /** A browser starts. */
  openBrowser() {
    const browser = {
      id: randomUUID(),
      alive: true,
      listed: true,
      startTime: Date.now(),
      window: { ...SIZE_AT_FIRST },
      targets: [newTarget("about:blank")],
      sockets: new Set(),
    };
    this.browsers.set(browser.id, browser);
    return browser;
  }

  #cut(browser) {
    for (const socket of browser.sockets) socket.terminate();
  }

  #plan(call, browser) {
    const fits = (plan) => plan.call === call && (!plan.browser || plan.browser.id === browser);
    const plan = this.#planned.find((plan) => fits(plan) && plan.times === 1) ?? this.#planned.find(fits);
    if (plan?.times === 1) this.#planned.splice(this.#planned.indexOf(plan), 1);
    return plan?.reaction;
  }

  async #react(request) {
    const route = readRoute(request);
    const { call, browser: id } = route;
    const { url, headers } = request;
    this.calls.push({ call, url, headers, browser: id, keepAlive: route.keepAlive, at: Date.now() });
    const browser = this.browsers.get(id);
    const usual = () => this.#usually(route, browser);
    const planned = this.#plan(call, id);
    return { route, browser, reply: planned ? await planned({ usual, browser, standIn: this }) : usual() };
  }

  async #answer(request, response) {
    request.resume();
    const { reply, browser } = await this.#react(request);
    if (reply === "cut") return request.socket.destroy();
    const { status, headers, body } = reply;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    // Real ones name the browser in headers of theirs; nobody outside may see them.
    const named = browser ? { "cf-browser-session-id": browser.id } : {};
    response.writeHead(status, { "content-type": "application/json", ...named, ...headers });
    response.end(text);
  }

  async #upgrade(request, socket, head) {
    socket.on("error", () => {});
    const { route, reply, browser } = await this.#react(request);
    if (reply === "cut") return socket.destroy();
    if (reply.status !== 101) return socket.end(`HTTP/1.1 ${reply.status} Refused\r\ncontent-length: 0\r\n\r\n`);
    this.#upgrader.once("headers", (headers) => headers.push(`cf-browser-session-id: ${browser.id}`));
    this.#upgrader.handleUpgrade(request, socket, head, (webSocket) => this.#serve(webSocket, browser, route.target));
  }

  #serve(socket, browser, target) {
    socket.path = target ? "page" : "browser";
    socket.on("error", () => {});
    socket.on("close", (code, reason) => {
      browser.sockets.delete(socket);
      browser.lastClose = { code, reason: reason.toString() };
    });
    browser.sockets.add(socket);
    socket.on("message", (data, isBinary) => {
      const command = isBinary ? undefined : readCommand(data);
      if (command) this.#obey(socket, browser, command);
      else socket.send(data, { binary: isBinary });
    });
  }

  /** Commands are answered; whatever else comes is sent back as it is. */
  #obey(socket, browser, { id, method, params = {} }) {
    const obey = this.cdp[method] ?? CDP[method];
    try {
      if (!obey) throw new Error(`'${method}' wasn't found`);
      const result = obey(params, browser, socket);
      if (result !== undefined) socket.send(JSON.stringify({ id, result }));
    } catch (error) {
      socket.send(JSON.stringify({ id, error: { code: -32601, message: error.message } }));
    }
  }

  #usually({ call, target, upgrade, what, query }, browser) {
    const alive = browser?.alive;
    switch (call) {
      case "acquire":
        return { status: 200, body: { sessionId: this.openBrowser().id } };
      case "list":
        return { status: 200, body: [...this.browsers.values()].filter((b) => b.alive && b.listed).map(entry) };
      case "look":
        return alive ? { status: 200, body: entry(browser) } : { status: 404 };
      case "close":
        if (!alive) return { status: 404 };
        this.kill(browser);
        return { status: 200, body: { status: "closed" } };
      case "connect":
        return { status: alive && upgrade ? 101 : 404, body: {} };
      case "page":
        return { status: alive && upgrade && findTarget(browser, target) ? 101 : 404, body: {} };
      case "json":
        return alive ? this.#devtools(browser, what, target, query) : { status: 404 };
      default:
        return { status: 404, body: "no such path" };
    }
  }

  #devtools(browser, what, target, query) {
    const host = this.url.slice("http://".length);
    const address = (path) => `ws://${host}/devtools/${path}`;
    const show = ({ id, url, title }) => ({
      description: "",
      devtoolsFrontendUrl: `/devtools/inspector.html?ws=${host}/devtools/page/${id}`,
      faviconUrl: "",
      id,
      title,
      type: "page",
      url,
      webSocketDebuggerUrl: address(`page/${id}`),
    });
    const found = findTarget(browser, target);
    switch (what) {
      case "version":
        return {
          status: 200,
          body: { Browser: "Chrome/1.2.3.4", "Protocol-Version": "1.3", webSocketDebuggerUrl: address(`browser/${browser.id}`) },
        };
      case "list":
        return { status: 200, body: browser.targets.map(show) };
      case "protocol":
        return { status: 200, body: { version: { major: "1", minor: "3" }, domains: [] } };
      case "new":
        browser.targets.push(newTarget(query.get("url") ?? "about:blank"));
        return { status: 200, body: show(browser.targets.at(-1)) };
      case "activate":
        return found ? { status: 200, body: "Target activated" } : { status: 404, body: "No such target id" };
      case "close":
        if (!found) return { status: 404, body: "No such target id" };
        browser.targets.splice(browser.targets.indexOf(found), 1);
        return { status: 200, body: "Target is closing" };
      default:
        return { status: 404, body: "Unknown command" };
    }
  }
}

const CDP = {
  "Target.getTargets": (_, browser) => ({
    targetInfos: browser.targets.map(({ id, url, title }) => ({ targetId: id, type: "page", url, title, attached: false })),
  }),
  "Target.createTarget": ({ url }, browser) => {
    browser.targets.push(newTarget(url));
    return { targetId: browser.targets.at(-1).id };
  },
  "Browser.getVersion": () => ({ product: "Chrome/1.2.3.4", protocolVersion: "1.3", userAgent: "stand-in" }),
  "Browser.getWindowForTarget": (_, browser) => ({ windowId: 1, bounds: bounds(browser) }),
  "Browser.getWindowBounds": (_, browser) => ({ bounds: bounds(browser) }),
  "Browser.setWindowBounds": (params, browser) => {
    const { width, height } = params.bounds;
    browser.window = { width, height };
    return {};
  },
};

const bounds = ({ window }) => ({ left: 0, top: 0, ...window, windowState: "normal" });

const entry = ({ id, startTime }) => ({ sessionId: id, startTime });

const newTarget = (url) => ({ id: randomUUID().replaceAll("-", "").toUpperCase(), url, title: `At ${url}` });

const findTarget = (browser, target) => browser.targets.find(({ id }) => id === target);

function readCommand(data) {
  if (data.length > 100_000) return undefined;
  try {
    const command = JSON.parse(data.toString());
    return typeof command?.method === "string" ? command : undefined;
  } catch {
    return undefined;
  }
}

function readRoute(request) {
  const url = new URL(request.url, "http://stand-in");
  const [v1, devtools, kind, browser, part, ...rest] = url.pathname.slice(1).split("/");
  const route = { browser, upgrade: request.headers.upgrade === "websocket", query: url.searchParams };
  if (v1 !== "v1" || devtools !== "devtools") return { ...route, call: "other" };
  const is = (method, ...parts) => request.method === method && parts.every((part) => part);
  if (kind === "session" && is("GET")) return { ...route, call: browser ? "look" : "list" };
  if (kind !== "browser") return { ...route, call: "other" };
  if (is("POST", !browser)) return { ...route, call: "acquire", keepAlive: Number(url.searchParams.get("keep_alive")) };
  if (is("DELETE", browser, !part)) return { ...route, call: "close" };
  if (is("GET", browser, !part)) return { ...route, call: "connect" };
  if (is("GET", browser, part === "page", rest[0])) return { ...route, call: "page", target: rest[0] };
  const method = rest[0] === "new" ? "PUT" : "GET";
  if (is(method, browser, part === "json", rest[0])) return { ...route, call: "json", what: rest[0], target: rest[1] };
  return { ...route, call: "other" };
}
