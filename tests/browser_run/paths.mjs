// What a request asks for: Browser Run's paths.

/**
 * @import { IncomingMessage } from "node:http"
 *
 * @typedef {"acquire" | "list" | "look" | "close" | "connect" | "page" | "json" | "limits" | "history" | "other"}
 * CallKind `other` is no path of Browser Run
 * @typedef {{call: CallKind, browser?: string, target?: string, what?: string, keepAlive?: number}} Path
 * @typedef {Path & {upgrade: boolean, query: URLSearchParams}} Route
 */

/**
 * Reads a request.
 *
 * @param {IncomingMessage} request
 * @returns {Route}
 */
export function readRoute({ method, url = "/", headers }) {
  const { pathname, searchParams: query } = new URL(url, "http://browser-run");
  const upgrade = headers.upgrade?.toLowerCase() === "websocket";
  return { call: "other", query, upgrade, ...readPath(method, pathname.split("/").slice(1), query) };
}

/**
 * @param {string | undefined} method
 * @param {string[]} parts
 * @param {URLSearchParams} query
 * @returns {Path | undefined}
 */
function readPath(method, [version, area, kind, browser, ...rest], query) {
  if (version !== "v1") return undefined;
  if (method === "GET" && !kind && (area === "limits" || area === "history")) return { call: area };
  if (area !== "devtools") return undefined;
  if (kind === "session" && method === "GET") return { call: browser ? "look" : "list", browser };
  if (kind !== "browser") return undefined;
  if (browser) return { call: "other", browser, ...readBrowserPath(method, rest) };
  return method === "POST" ? { call: "acquire", keepAlive: Number(query.get("keep_alive")) } : undefined;
}

/**
 * @param {string | undefined} method
 * @param {string[]} parts
 * @returns {Path | undefined}
 */
function readBrowserPath(method, [part, what, target]) {
  if (!part && method === "GET") return { call: "connect" };
  if (!part && method === "DELETE") return { call: "close" };
  if (part === "page" && what && method === "GET") return { call: "page", target: what };
  if (part === "json" && what && method === (what === "new" ? "PUT" : "GET")) return { call: "json", what, target };
  return undefined;
}
