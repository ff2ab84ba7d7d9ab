// What a request asks for: Browser Run's paths.

/**
 * Reads a request. `call` is its kind: acquire, list, look, close, connect, page, json, limits or history; other for
 * what is no path of Browser Run's.
 *
 * @returns {{call: string, browser?: string, target?: string, what?: string, keepAlive?: number, upgrade: boolean,
 *   query: URLSearchParams}}
 */
export function readRoute({ method, url, headers }) {
  const { pathname, searchParams: query } = new URL(url, "http://browser-run");
  const upgrade = headers.upgrade?.toLowerCase() === "websocket";
  return { call: "other", query, upgrade, ...readPath(method, pathname.split("/").slice(1), query) };
}

function readPath(method, [version, area, kind, browser, ...rest], query) {
  if (version !== "v1") return undefined;
  if (method === "GET" && !kind && (area === "limits" || area === "history")) return { call: area };
  if (area !== "devtools") return undefined;
  if (kind === "session" && method === "GET") return { call: browser ? "look" : "list", browser };
  if (kind !== "browser") return undefined;
  if (browser) return { browser, ...readBrowserPath(method, rest) };
  return method === "POST" ? { call: "acquire", keepAlive: Number(query.get("keep_alive")) } : undefined;
}

function readBrowserPath(method, [part, what, target]) {
  if (!part) return { GET: { call: "connect" }, DELETE: { call: "close" } }[method];
  if (part === "page" && what && method === "GET") return { call: "page", target: what };
  if (part === "json" && what && method === (what === "new" ? "PUT" : "GET")) return { call: "json", what, target };
  return undefined;
}
