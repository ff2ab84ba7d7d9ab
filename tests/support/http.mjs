// HTTP requests to the service, and what must hold for each answer.

import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";

import { handshake } from "./handshake.mjs";
import { within } from "./waits.mjs";

/**
 * @import { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http"
 * @import { InvalidValue, SlotHolder } from "../../src/client/types.ts"
 *
 * @typedef {{method: string, path: string}} Call
 * @typedef {Record<string, string | string[] | undefined>} HeaderValues
 * @typedef {object} RequestOptions
 * @property {unknown} [body] sent as JSON, unless it is a text or bytes
 * @property {HeaderValues} [headers] over the usual ones
 * @property {string} [key] sent as a bearer token
 *
 * @typedef {object} Answer
 * @property {string} method of the request
 * @property {string} path of the request
 * @property {number} status
 * @property {Headers} headers
 * @property {string} text
 * @property {any} [body] the parsed `text`, if that is JSON
 *
 * @typedef {object} Problem the body of a refusal
 * @property {string} type
 * @property {string} title
 * @property {number} status
 * @property {string} detail
 * @property {string} code
 * @property {string} message
 * @property {string} requestId
 * @property {InvalidValue[]} errors only of `invalid_request`
 * @property {SlotHolder[]} holders only of `limit_reached`
 */

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @param {string} [key] @returns {Record<string, string>} */
export const bearer = (key) => (key ? { authorization: `Bearer ${key}` } : {});

/**
 * One request, by fetch.
 *
 * @param {string} url the service's
 * @param {string} method
 * @param {string} path or a whole address
 * @param {RequestOptions} [options]
 * @returns {Promise<Answer>}
 */
export async function send(url, method, path, { body, headers = {}, key } = {}) {
  const isRaw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(/^https?:/.test(path) ? path : url + path, {
    method,
    body: isRaw ? /** @type {BodyInit | undefined} */ (body) : JSON.stringify(body),
    headers: /** @type {Record<string, string>} */ ({
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...bearer(key),
      ...headers,
    }),
  });
  return answerOf({ method, path }, response.status, response.headers, await response.text());
}

/**
 * One request, by node:http, which sends what fetch would not: `chunks` go out one by one, without a length.
 *
 * @param {string} url the service's
 * @param {string} method
 * @param {string} path
 * @param {{chunks: Iterable<string | Uint8Array>, headers?: HeaderValues, key?: string}} options
 */
export async function sendChunks(url, method, path, { chunks, headers = {}, key }) {
  const sent = { "content-type": "application/json", ...bearer(key), ...headers };
  const request = httpRequest(url, { method, path, headers: sent, agent: false });
  const response = answerTo(request, { method, path });
  for (const chunk of chunks) request.write(chunk);
  request.end();
  return readMessage({ method, path }, await response);
}

/**
 * Announces a body and never sends it: what is answered before it comes.
 *
 * @param {string} url the service's
 * @param {string} method
 * @param {string} path
 * @param {{bytes: number, key?: string}} options
 */
export async function announceBody(url, method, path, { bytes, key }) {
  const headers = { "content-type": "application/json", "content-length": bytes, ...bearer(key) };
  const request = httpRequest(url, { method, path, headers, agent: false });
  request.flushHeaders();
  try {
    return await readMessage({ method, path }, await answerTo(request, { method, path }));
  } finally {
    request.destroy();
  }
}

/**
 * A WebSocket that must be refused: the answer to its handshake.
 *
 * @param {string} url
 * @param {HeaderValues} [headers]
 * @returns {Promise<Answer>}
 */
export async function sendRefusedUpgrade(url, headers) {
  const {
    socket,
    status,
    headers: received,
    text,
  } = await within(`a refusal of ${url}`, handshake(url, /** @type {Record<string, string>} */ (headers)));
  if (socket) {
    socket.terminate();
    throw new Error("It was not refused.");
  }
  return answerOf({ method: "GET", path: new URL(url).pathname }, status, asHeaders(received), text);
}

/**
 * @param {ClientRequest} request
 * @param {Call} call
 * @returns {Promise<IncomingMessage>}
 */
function answerTo(request, { method, path }) {
  const response = new Promise((resolve, reject) => request.on("response", resolve).on("error", reject));
  return within(`an answer to ${method} ${path}`, response);
}

/** @param {Call} call @param {IncomingMessage} response */
async function readMessage(call, response) {
  const text = Buffer.concat(await response.toArray()).toString();
  return answerOf(call, response.statusCode ?? 0, asHeaders(response.headers), text);
}

/** @param {IncomingHttpHeaders} headers */
const asHeaders = (headers) => new Headers(/** @type {Record<string, string>} */ (headers));

/**
 * @param {Call} call
 * @param {number} status
 * @param {Headers} headers
 * @param {string} text
 * @returns {Answer}
 */
function answerOf({ method, path }, status, headers, text) {
  const isJson = /json/.test(headers.get("content-type") ?? "") && text !== "";
  return { method, path, status, headers, text, ...(isJson && { body: JSON.parse(text) }) };
}

/** @param {Answer} answer */
const describe = ({ method, path, status, text }) => `${method} ${path.slice(0, 120)}: ${status} ${text.slice(0, 300)}`;

/**
 * Checks what must hold for every answer of the service.
 *
 * @param {Answer} answer
 * @returns {Answer}
 */
export function checkAnswer(answer) {
  const { method, path, status, headers } = answer;
  if (!path.startsWith("/v1/")) return answer;
  const what = describe(answer);
  assert.match(headers.get("x-request-id") ?? "", UUID, `x-request-id of ${what}`);
  assert.equal(headers.get("cache-control"), "no-store", `cache-control of ${what}`);
  assert.match(headers.get("vary") ?? "", /\borigin\b/i, `vary of ${what}`);
  assert.equal(headers.get("access-control-allow-credentials"), null, `a key is no cookie: ${what}`);
  if (status === 409) assert.equal(headers.get("x-should-retry"), "false", `a 409 is not to be retried: ${what}`);
  if (status >= 400 && method !== "HEAD") checkProblem(answer);
  return answer;
}

/** @param {Answer} answer */
function checkProblem(answer) {
  const what = describe(answer);
  assert.equal(answer.headers.get("content-type"), "application/problem+json", what);
  const { type, title, status, detail, code, message, requestId, errors } = answer.body;
  for (const text of [type, title, detail, code]) assert.ok(typeof text === "string" && text !== "", what);
  assert.equal(status, answer.status, what);
  assert.equal(message, detail, what);
  assert.match(code, /^[a-z_]+$/, what);
  assert.equal(requestId, answer.headers.get("x-request-id"), what);
  if (code === "invalid_request") {
    assert.ok(errors.length > 0, what);
    for (const { pointer, detail } of errors) {
      assert.match(pointer, /^(\/|$)/, what);
      assert.ok(detail, what);
    }
  }
}

/**
 * The answer must have this status.
 *
 * @param {Answer} answer
 * @param {number} status
 */
export function expectStatus(answer, status) {
  assert.equal(answer.status, status, describe(answer));
  return answer;
}

/**
 * The answer must be a problem of this status and code.
 *
 * @param {Answer} answer
 * @param {number} status
 * @param {string} code
 * @returns {Problem}
 */
export function expectProblem(answer, status, code) {
  expectStatus(answer, status);
  checkProblem(answer);
  assert.equal(answer.body.code, code, describe(answer));
  return answer.body;
}
