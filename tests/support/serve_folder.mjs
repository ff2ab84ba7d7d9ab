// A folder's files over HTTP, as any plain file server gives them.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

import { listenLocally } from "./local_server.mjs";

/** @type {Record<string, string>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/**
 * Serves a folder on a free port.
 *
 * @param {string} folder
 * @returns {Promise<{url: string, close: () => Promise<void>}>}
 */
export function serveFolder(folder) {
  const server = createServer(async ({ url = "/" }, response) => {
    const { pathname } = new URL(url, "http://files");
    if (pathname === "/favicon.ico") return response.writeHead(204).end();
    const body = await readFile(join(folder, normalize(pathname))).catch(() => undefined);
    if (!body) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(pathname)] ?? "application/octet-stream" }).end(body);
  });
  return listenLocally(server);
}
