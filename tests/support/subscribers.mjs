// Subscribers of a project's events: by socket, or as server-sent events.

import assert from "node:assert/strict";

import { WebSocket } from "ws";

import { bearer } from "./http.mjs";
import { until, within } from "./waits.mjs";

/**
 * @import { HeaderValues } from "./http.mjs"
 *
 * @typedef {{type: string} & Record<string, any>} EventMessage a message of the socket: an event, or `ready`, `gap`, …
 */

/**
 * Opens a socket, and waits until it is ready. `key` goes in a header; `protocols` are how a page sends it.
 *
 * @param {{url: string}} service
 * @param {{key?: string, query?: string, headers?: HeaderValues, protocols?: string[]}} options
 */
export async function subscribe(service, { key, query = "", headers = bearer(key), protocols = [] }) {
  const socket = new WebSocket(`${service.url.replace("http", "ws")}/v1/events${query}`, protocols, { headers });
  const subscriber = new Subscriber(socket);
  const opened = new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  await within("a subscriber's socket", opened);
  await subscriber.next("ready");
  return subscriber;
}

export class Subscriber {
  /** @type {EventMessage[]} */
  messages = [];
  /** How the socket was closed. @type {{code: number, reason: string} | undefined} */
  closed = undefined;
  #read = 0;

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data) => this.messages.push(JSON.parse(data.toString())));
    socket.on("close", (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on("error", () => {});
  }

  get events() {
    return this.messages.filter(({ type }) => type.startsWith("session."));
  }

  /**
   * The next message, which must be of this type.
   *
   * @param {string} type
   */
  async next(type) {
    const message = await until(`a message of type ${type}`, () => this.messages[this.#read]);
    this.#read += 1;
    assert.equal(message.type, type, JSON.stringify(message));
    return message;
  }

  async close() {
    this.socket.close();
    await until("the end of a subscriber", () => this.closed);
  }
}

/**
 * Opens a stream of server-sent events. `text` is what has come so far; `ended` is true at its end, or the error.
 *
 * @param {{url: string}} service
 * @param {{key?: string, query?: string, headers?: HeaderValues, signal?: AbortSignal}} options
 */
export async function openEventStream(service, { key, query = "", headers = {}, signal }) {
  const response = await fetch(`${service.url}/v1/events${query}`, {
    headers: /** @type {Record<string, string>} */ ({ ...bearer(key), ...headers }),
    signal,
  });
  /** @type {{response: Response, text: string, ended: unknown}} */
  const stream = { response, text: "", ended: false };
  const read = async () => {
    for await (const bytes of response.body ?? []) stream.text += Buffer.from(bytes).toString();
    stream.ended = true;
  };
  read().catch((error) => (stream.ended = error));
  return stream;
}

/**
 * The events of a stream, each with its lines by name.
 *
 * @param {{text: string}} stream
 * @returns {Record<string, string>[]}
 */
export const eventsOf = ({ text }) =>
  text
    .split("\n\n")
    .slice(0, -1)
    .map((block) =>
      Object.fromEntries(block.split("\n").map((line) => [line.split(": ")[0], line.slice(line.indexOf(": ") + 2)])),
    );
