// A service that answers as Tidewatch does and has no browser: it accepts every call, also from pages of any origin.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

import { listenLocally } from "./local_server.mjs";

/** @import { SessionData } from "../../src/client/types.ts" */

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, content-type, *",
  "access-control-allow-methods": "GET, POST, PATCH",
  "access-control-expose-headers": "x-request-id, location, retry-after, next-cursor, x-should-retry",
};
const HOUR_MS = 3_600_000;

/**
 * A session as the service shows it.
 *
 * @param {{id?: string, createdAt?: Date, timeout?: number, fields?: Partial<SessionData>}} [change]
 * @returns {SessionData}
 */
export function makeSession(change = {}) {
  const { id = randomUUID(), createdAt = new Date(), timeout = HOUR_MS } = change;
  const viewer = `http://127.0.0.1/v1/sessions/${id}/viewer?token=view.${"v".repeat(43)}`;
  return {
    id,
    status: "live",
    createdAt: createdAt.toISOString(),
    timeout,
    expiresAt: new Date(createdAt.getTime() + timeout).toISOString(),
    duration: 1000,
    creditsUsed: 1,
    websocketUrl: `ws://127.0.0.1/v1/sessions/${id}/connect?token=connect.${"c".repeat(43)}`,
    debugUrl: viewer,
    sessionViewerUrl: viewer,
    sessionWatchUrl: viewer,
    dimensions: { width: 1280, height: 720 },
    eventCount: 0,
    optimizeBandwidth: {},
    proxyBytesUsed: 0,
    proxySource: null,
    headless: true,
    isSelenium: false,
    provider: "browser-run",
    connected: null,
    verifiedAt: createdAt.toISOString(),
    metadata: { run: "12" },
    owner: "crawler-7",
    config: { timeout, owner: "crawler-7" },
    ...change.fields,
  };
}

/**
 * Starts the service; it answers on a port of its own.
 *
 * @param {{listed?: number}} [options] how many sessions a list has
 * @returns {Promise<{url: string, sessions: SessionData[], requests: {method?: string, path: string, key?: string}[],
 * close: () => Promise<void>}>}
 * `sessions` are those that a list has, `requests` those that came and were no preflights, the last 100 of them
 */
export async function openFakeService({ listed = 2 } = {}) {
  const sessions = Array.from({ length: listed }, () => makeSession());
  const list = JSON.stringify({ sessions, nextCursor: null, totalCount: listed });
  /** @type {{method?: string, path: string, key?: string}[]} */
  const requests = [];
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
    const { method, url: path = "/", headers: sent } = request;
    requests.push({ method, path, key: sent.authorization });
    if (requests.length > 100) requests.shift();
    const [status, body] = answer(`${method} ${new URL(path, "http://service").pathname}`, list);
    const headers = { ...CORS, "content-type": "application/json", "x-request-id": randomUUID() };
    response.writeHead(status, headers).end(body);
  });
  const { url, close } = await listenLocally(server);
  return { url, sessions, requests, close };
}

/**
 * @param {string} call
 * @param {string} list the body of a list
 * @returns {[status: number, body: string]}
 */
function answer(call, list) {
  if (call === "GET /v1/sessions") return [200, list];
  if (call === "POST /v1/sessions") return [201, JSON.stringify(makeSession())];
  const released = /^POST \/v1\/sessions\/([^/]+)\/release$/.exec(call);
  if (!released) return [404, JSON.stringify({ status: 404, code: "route_not_found", detail: call })];
  const endedAt = new Date().toISOString();
  const session = makeSession({
    id: released[1],
    fields: { status: "released", endedAt, releaseReason: "user_requested" },
  });
  return [200, JSON.stringify({ success: true, message: "The session has ended.", session })];
}
