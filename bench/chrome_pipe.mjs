// Leads a simulated browser's sockets to one real Chrome, byte by byte. So Tidewatch is all that lies between.

import net from "node:net";

/** @typedef {import("node:stream").Duplex} Duplex */
/** @typedef {import("node:http").IncomingMessage} IncomingMessage */

/**
 * A reaction of the simulator's: the socket leads to the Chrome at `ws://host:port/path`.
 *
 * @param {string} url
 */
export const leadsTo = (url) => () => ({
  take: (/** @type {Duplex} */ socket, /** @type {IncomingMessage} */ request) => pipe(request, socket, new URL(url)),
});

/**
 * @param {IncomingMessage} call
 * @param {Duplex} socket
 * @param {URL} to
 */
function pipe(call, socket, { hostname, port, pathname }) {
  const upstream = net.connect({ host: hostname, port: Number(port), noDelay: true });
  if (socket instanceof net.Socket) socket.setNoDelay(true);
  const headers = Object.entries({ ...call.headers, host: `${hostname}:${port}` });
  upstream.write(`GET ${pathname} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  socket.pipe(upstream).pipe(socket);
  endTogether(socket, upstream);
  endTogether(upstream, socket);
}

/**
 * Ends one socket when another one ends.
 *
 * @param {Duplex} one
 * @param {Duplex} other
 */
function endTogether(one, other) {
  one.on("error", () => other.destroy());
  one.on("close", () => other.destroy());
}
