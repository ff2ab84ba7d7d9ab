// Listeners of a project's events: by socket, or as server-sent events.

import assert from "node:assert/strict";

import { WebSocket } from "ws";

import { until, within } from "./service.mjs";

/** Opens a socket, and waits until it is ready. `key` goes in a header, or as a page sends it. */
export async function listen(
  service,
  { key, query = "", headers = { authorization: `Bearer ${key}` }, protocols = [] },
) {
  const socket = new WebSocket(`${service.url.replace("http", "ws")}/v1/events${query}`, protocols, { headers });
  const listener = new Listener(socket);
  await within(
    "a listener's socket",
    new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject)),
  );
  await listener.next("ready");
  return listener;
}

export class Listener {
  messages = [];
  closed = undefined;
  #read = 0;

  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data) => this.messages.push(JSON.parse(data)));
    socket.on("close", (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on("error", () => {});
  }

  get events() {
    return this.messages.filter(({ type }) => type.startsWith("session."));
  }

  /** The next message, which must be of this type. */
  async next(type) {
    const message = await until(`a message of type ${type}`, () => this.messages[this.#read]);
    this.#read += 1;
    assert.equal(message.type, type, JSON.stringify(message));
    return message;
  }

  async close() {
    this.socket.close();
    await until("a listener's end", () => this.closed);
  }
}

/** Opens a stream of server-sent events: its answer, and what has come so far. */
export async function stream(service, { key, query = "", headers = {}, signal }) {
  const response = await fetch(`${service.url}/v1/events${query}`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
    signal,
  });
  const told = { response, text: "", ended: false };
  const read = async () => {
    for await (const bytes of response.body) told.text += Buffer.from(bytes).toString();
    told.ended = true;
  };
  read().catch((error) => (told.ended = error));
  return told;
}

/** The events of a stream, by their lines. */
export const sent = ({ text }) =>
  text
    .split("\n\n")
    .slice(0, -1)
    .map((block) =>
      Object.fromEntries(block.split("\n").map((line) => [line.split(": ")[0], line.slice(line.indexOf(": ") + 2)])),
    );
