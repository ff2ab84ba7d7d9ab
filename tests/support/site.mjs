// A web site of fixed pages.

import { createServer } from "node:http";

import { HOST, listenOn } from "./local_server.mjs";

/** @import { OutgoingHttpHeaders } from "node:http" */

const NOT_FOUND = { status: 404, page: "" };

/**
 * Opens a site. `seen` are the paths that were requested, in order.
 *
 * @param {object} options
 * @param {Record<string, string>} options.pages documents by path and query
 * @param {{status: number, page: string}} [options.fallback] what every other path is answered with
 * @param {string} [options.silent] paths that begin so are never answered
 * @param {OutgoingHttpHeaders} [options.headers] of every answer, over `content-type: text/html`
 * @param {string} [options.host] where it listens; `undefined`: every address of this machine
 */
export async function openSite({ pages, fallback = NOT_FOUND, silent, headers = {}, host = HOST }) {
  /** @type {string[]} */
  const seen = [];
  const server = createServer(({ url = "/" }, response) => {
    seen.push(url);
    if (silent && url.startsWith(silent)) return;
    const known = pages[url];
    const { status, page } = known === undefined ? fallback : { status: 200, page: known };
    response.writeHead(status, { "content-type": "text/html", ...headers }).end(page);
  });
  return { ...(await listenOn(server, host)), server, seen, pages };
}
