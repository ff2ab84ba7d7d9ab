// Numbers: clocks, medians, requests a second.

import { execFileSync } from "node:child_process";
import http from "node:http";

export const now = () => performance.now();

/** The value below which a share `p` (0 to 1) of the samples lies. */
export function quantile(samples, p) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))];
}

export const median = (samples) => quantile(samples, 0.5);

/** Median and 95th percentile, for people. */
export const spread = (samples, digits = 1) =>
  `${median(samples).toFixed(digits)} (p95 ${quantile(samples, 0.95).toFixed(digits)})`;

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

/**
 * One request over kept connections: Node's own client, since `fetch` costs a millisecond more and varies by as much.
 *
 * @returns {Promise<{status: number, text: string, json: () => any}>}
 */
export function request(method, url, { headers = {}, body } = {}) {
  const data = body === undefined ? undefined : JSON.stringify(body);
  const sent =
    data === undefined
      ? headers
      : { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(data) };
  return new Promise((resolve, reject) => {
    const call = http.request(url, { method, agent, headers: sent }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: answer.statusCode, text, json: () => JSON.parse(text) });
      });
    });
    call.on("error", reject);
    call.end(data);
  });
}

/** As `request`, but an answer that is no success is an error; answers the parsed body. */
export async function ask(method, url, options) {
  const answer = await request(method, url, options);
  if (answer.status >= 300) throw new Error(`${method} ${url}: ${answer.status} ${answer.text.slice(0, 300)}`);
  return answer.json();
}

/** Requests a second over `connections`, for `seconds`: the median of `rounds`. */
export function requestsPerSecond(url, { connections = 16, seconds = 4, rounds = 3, headers = {} } = {}) {
  const lines = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const command = ["-t", "1", "-c", String(connections), "-d", `${seconds}s`, ...lines, url];
  const rates = Array.from({ length: rounds }, () => {
    const report = execFileSync("wrk", command, { encoding: "utf8" });
    const refused = /Non-2xx or 3xx responses: (\d+)/.exec(report);
    if (refused) throw new Error(`${url}: ${refused[1]} answers were refusals`);
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(report)[1]);
  });
  return median(rates);
}
