// The load: a few agents at once.

import { Agent } from "./agent.mjs";

/**
 * @import { Prng } from "../support/prng.mjs"
 * @import { Client } from "./client.mjs"
 */

// What two cores can start and end Chromes for, with a fault every two seconds.
const AGENTS = 4;

/**
 * Starts the load. `stop` ends its agents, which leave sessions that they have not released.
 *
 * @param {{connect: (who: string) => Client, prng: Prng}} options
 */
export function startLoad({ connect, prng }) {
  const stopping = new AbortController();
  const names = Array.from({ length: AGENTS }, (_, number) => `agent-${number + 1}`);
  const { signal } = stopping;
  const agents = names.map((who) => new Agent({ client: connect(who), prng: prng.fork(who), signal }));
  const working = agents.map((agent) => agent.work());
  return {
    async stop() {
      stopping.abort();
      await Promise.all(working);
    },
  };
}
