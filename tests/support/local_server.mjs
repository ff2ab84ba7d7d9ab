// Servers on this machine that a test opens and closes.

import { createServer } from "node:net";

/** @import { AddressInfo, Server } from "node:net" */

export const HOST = "127.0.0.1";

/**
 * Lets a server listen on a free port. `url` has no slash at its end; `close` cuts the connections that are open.
 *
 * @param {Server & {closeAllConnections?: () => void}} server of `node:http` or `node:net`
 * @param {string} [host] `undefined`: every address of this machine
 * @returns {Promise<{url: string, port: number, close: () => Promise<void>}>}
 */
export async function listenOn(server, host) {
  await /** @type {Promise<void>} */ (new Promise((resolve) => server.listen({ port: 0, host }, resolve)));
  const { port } = /** @type {AddressInfo} */ (server.address());
  const close = () => {
    server.closeAllConnections?.();
    return /** @type {Promise<void>} */ (new Promise((resolve) => server.close(() => resolve())));
  };
  return { url: `http://${HOST}:${port}`, port, close };
}

/** Lets a server listen on a free port of 127.0.0.1. See `listenOn`. @param {Parameters<typeof listenOn>[0]} server */
export const listenLocally = (server) => listenOn(server, HOST);

/** A port that was free a moment ago. */
export async function freePort() {
  const { port, close } = await listenLocally(createServer());
  await close();
  return port;
}

/**
 * Whether a port of 127.0.0.1 is free.
 *
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host: HOST, port }, () => probe.close(() => resolve(true)));
  });
}
