// Plain CDP over a plain WebSocket: what a client library would hide.

import WebSocket from "ws";

/** The handshake's answer, whatever it is: `socket` if it was accepted, else `status` and `body`. */
export function handshake(url, headers = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers, maxPayload: 0 });
    let answered;
    socket.once("upgrade", (response) => (answered = { status: response.statusCode, headers: response.headers }));
    socket.once("open", () => resolve({ ...answered, socket }));
    socket.once("unexpected-response", async (_request, response) => {
      const chunks = await response.toArray();
      resolve({ status: response.statusCode, headers: response.headers, body: JSON.parse(Buffer.concat(chunks)) });
    });
    socket.once("error", reject);
  });
}

/** A CDP connection; commands may overlap. */
export async function connectCdp(url, headers) {
  const { socket, status, body } = await handshake(url, headers);
  if (!socket) throw new Error(`${status} ${body.code}`);
  return new Cdp(socket);
}

class Cdp {
  #lastId = 0;
  #waiting = new Map();

  constructor(socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", (code) => resolve(code)));
    socket.on("message", (data) => this.#receive(JSON.parse(data)));
    socket.on("close", () => this.#waiting.forEach(({ reject }) => reject(new Error("the socket was closed"))));
  }

  send(method, params = {}) {
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close() {
    this.socket.close();
    return this.closed;
  }

  #receive({ id, result, error }) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    if (error) waiting.reject(new Error(error.message));
    else waiting.resolve(result);
  }
}

/** The process id of the Chrome behind a session, told by Chrome itself. */
export async function chromePid(session) {
  const cdp = await connectCdp(session.websocketUrl);
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  await cdp.close();
  return processInfo.find(({ type }) => type === "browser").id;
}
