// The handshake of a WebSocket, also one that is refused.

import { WebSocket } from "ws";

/**
 * @import { IncomingHttpHeaders } from "node:http"
 * @import { ClientOptions } from "ws"
 * @typedef {{socket: WebSocket, status: number, headers: IncomingHttpHeaders, text: string, body?: undefined}} Accepted
 * @typedef {{socket?: undefined, status: number, headers: IncomingHttpHeaders, text: string, body: any}} Refused
 * `body` is the parsed `text` if that is JSON
 */

/**
 * Opens a WebSocket, and returns the answer to its handshake, whatever it is. Rejects if there is none.
 *
 * @param {string} url
 * @param {Record<string, string>} [headers]
 * @param {ClientOptions} [options]
 * @returns {Promise<Accepted | Refused>}
 */
export function handshake(url, headers = {}, options = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { maxPayload: 0, headers, ...options });
    /** @type {{status: number, headers: IncomingHttpHeaders}} */
    let answer = { status: 0, headers: {} };
    socket.once("upgrade", ({ statusCode = 0, headers }) => (answer = { status: statusCode, headers }));
    socket.once("open", () => resolve({ ...answer, text: "", socket }));
    socket.once("unexpected-response", async (request, response) => {
      const { statusCode: status = 0, headers } = response;
      const text = Buffer.concat(await response.toArray()).toString();
      request.destroy();
      const isJson = /json/.test(headers["content-type"] ?? "");
      resolve({ status, headers, text, body: isJson ? JSON.parse(text) : undefined });
    });
    // Stays for the socket's whole life: an error without a listener would end this process.
    socket.on("error", reject);
  });
}
