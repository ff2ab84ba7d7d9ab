// The time of lists through the client, and through plain `fetch` and `JSON.parse`: `lists.mjs PACKAGE CALLS LISTED`,
// in a process of its own. Prints the milliseconds of each round as JSON.

import { serveApart } from "./served.mjs";

const ROUNDS = 20;
const [entry = "", calls, listed] = process.argv.slice(2);
const service = await serveApart({ listed: Number(listed) });
const { default: init, Tidewatch } = await import(entry);
await init();
const client = new Tidewatch({ baseUrl: service.url, apiKey: "tw_key" });

/** @typedef {"client" | "plain"} Name */
/** @typedef {() => Promise<unknown[]>} Way */

/** @type {Record<Name, Way>} */
const ways = {
  client: () => client.sessions.list({ limit: 100 }),
  plain: async () => {
    const headers = { authorization: "Bearer tw_key", accept: "application/json" };
    const response = await fetch(`${service.url}/v1/sessions?limit=100`, { headers });
    return JSON.parse(await response.text()).sessions;
  },
};

/**
 * @param {Way} way
 * @param {number} count
 */
async function time(way, count) {
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const sessions = await way();
    if (sessions.length !== Number(listed)) throw new Error(`A list has ${sessions.length} sessions.`);
  }
  return performance.now() - began;
}

// In turns, so that the machine's noise affects both alike.
/** @type {Record<Name, number[]>} */
const rounds = { client: [], plain: [] };
for (const way of Object.values(ways)) await time(way, 50);
for (let round = 0; round < ROUNDS; round++) {
  /** @type {Name[]} */
  const order = round % 2 === 0 ? ["client", "plain"] : ["plain", "client"];
  for (const name of order) rounds[name].push(await time(ways[name], Number(calls) / ROUNDS));
}
console.log(JSON.stringify(rounds));
process.exit();
