// A simulated browser's sockets, led to one real Chrome byte by byte: what lies between is Tidewatch alone.

import net from "node:net";

/** A reaction of the simulator's: the socket leads to the Chrome at `ws://host:port/path`. */
export const leadsTo = (url) => () => ({ take: (socket, request) => pipe(request, socket, new URL(url)) });

function pipe(call, socket, { hostname, port, pathname }) {
  const upstream = net.connect({ host: hostname, port: Number(port), noDelay: true });
  socket.setNoDelay(true);
  const headers = Object.entries({ ...call.headers, host: `${hostname}:${port}` });
  upstream.write(`GET ${pathname} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  socket.pipe(upstream).pipe(socket);
  for (const [one, other] of [
    [socket, upstream],
    [upstream, socket],
  ]) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
}
