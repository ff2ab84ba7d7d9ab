// One who looks at all sessions of a project all the time.

import { setTimeout as pause } from "node:timers/promises";

/**
 * @import { Client } from "./client.mjs"
 * @import { Seen } from "./history.mjs"
 */

const LOOK_EVERY_MS = 100;
// Most looks are at what is live; one of so many is at ended sessions as well.
const LOOK_AT_ALL_EACH = 10;

export class Observer {
  #waiting = new Set();
  #stopping = false;

  /** @param {Client} client */
  constructor(client) {
    this.client = client;
    this.watching = this.#watch();
  }

  /** Waits for a list of what is live, asked for after `since`, of which `condition` is true; answers when it came. */
  until(since, condition) {
    return new Promise((resolve) => this.#waiting.add({ since, condition, resolve }));
  }

  async stop() {
    this.#stopping = true;
    await this.watching;
  }

  async #watch() {
    for (let looks = 0; !this.#stopping; looks += 1) {
      this.#tell(await this.client.list("status=live&limit=100"));
      if (looks % LOOK_AT_ALL_EACH === 0) await this.client.list("limit=50");
      await pause(LOOK_EVERY_MS);
    }
  }

  /** @param {{status: number, start: number, end: number, seen: Seen}} options */
  #tell({ status, start, end, seen }) {
    if (status !== 200) return;
    for (const waiting of this.#waiting) {
      if (waiting.since > start || !waiting.condition(seen)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(end);
    }
  }
}
