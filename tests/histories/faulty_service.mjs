// The Worker under test, on workerd, with a provider that misbehaves; and calls that a client may abort.

import { randomBytes } from "node:crypto";
import { Agent, request as httpRequest } from "node:http";

import { mintKey } from "../../scripts/keys/key.mjs";
import { openPlatform } from "../../scripts/serve/platform.mjs";
import { startProvider } from "./provider.mjs";

// Often, as most sessions end before anybody notices that their browser is gone.
const LOSS_EVERY_MS = 120;
// workerd closes a connection that was idle for 5 s, and a call that is sent at that moment is lost.
const IDLE_MS_MAX = 2_000;

/**
 * @typedef {{body?: object, headers?: Record<string, string>, patience: number}} SendOptions `patience` in milliseconds
 * @typedef {{answer?: {status: number, body: import("./answers.mjs").Body}, isBroken: boolean}} SendResult
 * @typedef {Awaited<ReturnType<typeof openService>>} FaultyService
 */

/**
 * Opens the service.
 *
 * @param {{prng: import("../support/prng.mjs").Prng, limit: number, build?: string}} options `limit`: live sessions of
 * a project; `build`: folder of the built Worker
 */
export async function openService({ prng, limit, build }) {
  const secret = randomBytes(32).toString("base64url");
  const provider = await startProvider(prng, LOSS_EVERY_MS);
  const vars = { TIDEWATCH_SECRET: secret, LIVE_SESSIONS_MAX: String(limit) };
  const platform = await openPlatform({ vars, browser: { url: provider.url }, build, log: "error" });
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS_MAX });
  return {
    limit,
    provider,
    /**
     * A function that makes calls to a project of this name.
     *
     * @param {string} name
     * @returns {(method: string, path: string, options: SendOptions) => Promise<SendResult>}
     */
    project(name) {
      const key = mintKey({ secret, project: name });
      return (method, path, options) => send({ agent, url: platform.url, key }, method, path, options);
    },
    async close() {
      agent.destroy();
      await platform.dispose();
      await provider.close();
    },
  };
}

/**
 * One call. It has no answer if `patience` passes first, or if the connection breaks.
 *
 * @param {{agent: Agent, url: string, key: string}} target
 * @param {string} method
 * @param {string} path
 * @param {SendOptions} options
 * @returns {Promise<SendResult>}
 */
function send({ agent, url, key }, method, path, { body, headers = {}, patience }) {
  const data = body === undefined ? undefined : JSON.stringify(body);
  const sent = { authorization: `Bearer ${key}`, ...headers };
  if (data) Object.assign(sent, { "content-type": "application/json", "content-length": Buffer.byteLength(data) });
  return new Promise((resolve) => {
    const end = (/** @type {Partial<SendResult>} */ { answer, isBroken = false }) => {
      clearTimeout(timer);
      resolve({ answer, isBroken });
    };
    const breaks = () => end({ isBroken: true });
    const call = httpRequest(url + path, { method, agent, headers: sent }, (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk)).on("error", breaks);
      response.on("end", () => {
        end({ answer: { status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) } });
      });
    });
    // A request that is destroyed before it has a socket may emit nothing more.
    const timer = setTimeout(() => {
      end({});
      call.destroy();
    }, patience);
    call.on("error", breaks).on("close", breaks);
    call.end(data);
  });
}
