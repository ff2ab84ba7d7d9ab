// A network between a page and the service, which can be cut and mended.

import { connect, createServer } from "node:net";

import { listenLocally } from "../support/local_server.mjs";

/**
 * Opens a way to `url`: what goes over it goes there, until `cut()`, and again after `mend()`.
 *
 * @param {string} url
 */
export async function openGate(url) {
  const { hostname, port } = new URL(url);
  const sockets = new Set();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(one);
      one.on("error", () => {}).on("close", () => sockets.delete(one) && other.destroy());
      one.pipe(other);
    }
  });
  const { url: own, close } = await listenLocally(server);
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: own,
    cut,
    mend: () => (isCut = false),
    close: () => {
      cut();
      return close();
    },
  };
}
