// A provider that costs nothing: Browser Run's paths, with browsers that are rows in a map. What is measured in front
// of it is Tidewatch. Its CDP sockets lead to one real Chrome, byte by byte, where a row asks for that.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";

import { WebSocketServer } from "ws";

const WINDOW = { windowId: 1, bounds: { width: 800, height: 600 } };
const ANSWERS = {
  "Target.getTargets": { targetInfos: [{ targetId: "T", type: "page", url: "about:blank", title: "" }] },
  "Browser.getWindowForTarget": WINDOW,
};

/** Starts it on a free port. `closedAt` tells when each browser was closed. */
export async function openStandIn() {
  const browsers = new Map();
  const closedAt = new Map();
  const sockets = new WebSocketServer({ noServer: true });
  let chrome;
  const server = http.createServer((call, answer) => {
    const json = (status, body) => answer.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const [, id] = /^\/v1\/devtools\/(?:browser|session)\/([^/?]+)/.exec(call.url) ?? [];
    if (!id && call.method === "POST") {
      const sessionId = randomUUID();
      browsers.set(sessionId, { sessionId, startTime: Date.now() });
      return json(200, { sessionId });
    }
    if (call.url === "/v1/history") return json(200, { history: [] });
    if (!id) return json(200, [...browsers.values()]);
    if (!browsers.has(id)) return json(404, { error: "not found" });
    if (call.method !== "DELETE") return json(200, browsers.get(id));
    browsers.delete(id);
    closedAt.set(id, Date.now());
    return json(200, { status: "closed" });
  });
  server.on("upgrade", (call, socket, head) => {
    if (chrome) return pipe(call, socket, chrome);
    sockets.handleUpgrade(call, socket, head, (client) => {
      client.on("message", (data) => {
        const { id, method } = JSON.parse(data);
        client.send(JSON.stringify({ id, result: ANSWERS[method] ?? {} }));
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    browsers,
    closedAt,
    /** From now on sockets lead to this Chrome: `ws://host:port/path`, or nowhere. */
    leadTo: (url) => (chrome = url && new URL(url)),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function pipe(call, socket, { hostname, port, pathname }) {
  const upstream = net.connect({ host: hostname, port: Number(port), noDelay: true });
  socket.setNoDelay(true);
  const headers = Object.entries({ ...call.headers, host: `${hostname}:${port}` });
  upstream.write(`GET ${pathname} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  socket.pipe(upstream).pipe(socket);
  for (const [one, other] of [[socket, upstream], [upstream, socket]]) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
}
