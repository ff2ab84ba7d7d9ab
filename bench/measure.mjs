// Clocks, medians, requests a second, and the shape of a result.

import { execFileSync } from "node:child_process";
import http from "node:http";

/**
 * One line of the table of figures.
 *
 * @typedef {object} Row
 * @property {string} what
 * @property {string} measured
 * @property {string} bar
 * @property {boolean} met
 */

/**
 * What each part of the benchmark is given.
 *
 * @typedef {object} BenchOptions
 * @property {{TIDEWATCH_SECRET: string, TIDEWATCH_API_KEY: string}} secrets
 * @property {(text: string) => void} report prints progress
 */

/** @typedef {Record<string, string>} Headers */

/**
 * The port that a server listens on.
 *
 * @param {import("node:net").Server} server
 */
export function portOf(server) {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen on a port");
  return address.port;
}

/** Milliseconds on a clock that never goes back. */
export const now = () => performance.now();

/**
 * The value below which a share `p` (0 to 1) of the samples lies; NaN without samples.
 *
 * @param {number[]} samples
 * @param {number} p
 */
export function quantile(samples, p) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))] ?? NaN;
}

/** @param {number[]} samples */
export const median = (samples) => quantile(samples, 0.5);

/**
 * Median and 95th percentile as a text.
 *
 * @param {number[]} samples
 */
export const spread = (samples, digits = 1) =>
  `${median(samples).toFixed(digits)} (p95 ${quantile(samples, 0.95).toFixed(digits)})`;

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

/**
 * One request over connections that stay open. Uses Node's own client: `fetch` costs a millisecond more and varies by
 * as much.
 *
 * @param {string} method
 * @param {string} url
 * @param {{headers?: Headers, body?: unknown}} [options]
 * @returns {Promise<{status: number, text: string}>}
 */
export function request(method, url, { headers = {}, body } = {}) {
  const data = body === undefined ? undefined : JSON.stringify(body);
  const sent =
    data === undefined
      ? headers
      : { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(data) };
  return new Promise((resolve, reject) => {
    const call = http.request(url, { method, agent, headers: sent }, (answer) => {
      /** @type {Buffer[]} */
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
    });
    call.on("error", reject);
    call.end(data);
  });
}

/**
 * One request whose answer must be a success.
 *
 * @param {string} method
 * @param {string} url
 * @param {{headers?: Headers, body?: unknown}} [options]
 * @returns the parsed body, in the shape that the API documents
 */
export async function ask(method, url, options) {
  const answer = await request(method, url, options);
  if (answer.status >= 300) throw new Error(`${method} ${url}: ${answer.status} ${answer.text.slice(0, 300)}`);
  return JSON.parse(answer.text);
}

/**
 * Requests a second over `connections`, for `seconds`: the median of `rounds`.
 *
 * @param {string} url
 * @param {{connections?: number, seconds?: number, rounds?: number, headers?: Headers}} [options]
 */
export function requestsPerSecond(url, { connections = 16, seconds = 4, rounds = 3, headers = {} } = {}) {
  const lines = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const command = ["-t", "1", "-c", String(connections), "-d", `${seconds}s`, ...lines, url];
  const rates = Array.from({ length: rounds }, () => {
    const report = execFileSync("wrk", command, { encoding: "utf8" });
    const refused = /Non-2xx or 3xx responses: (\d+)/.exec(report);
    if (refused) throw new Error(`${url}: ${refused[1]} answers were refusals`);
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(report)?.[1]);
  });
  return median(rates);
}
