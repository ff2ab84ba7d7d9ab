// An observer that reads all sessions of a project continuously.

import { setTimeout as pause } from "node:timers/promises";

/**
 * @import { Client } from "./client.mjs"
 * @import { Call, Seen } from "./history.mjs"
 */

const LOOK_EVERY_MS = 100;
// Most looks are at what is live; one of so many is at ended sessions as well.
const LOOK_AT_ALL_EACH = 10;

export class Observer {
  /** @type {Set<{since: number, condition: (live: Seen[]) => boolean, resolve: (at: number) => void}>} */
  #waiting = new Set();
  #stopping = false;

  /** @param {Client} client */
  constructor(client) {
    this.client = client;
    this.watching = this.#watch();
  }

  /**
   * Waits for a list of live sessions, requested after `since`, of which `condition` is true; returns when it came.
   *
   * @param {number} since
   * @param {(live: Seen[]) => boolean} condition
   * @returns {Promise<number>}
   */
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

  /** @param {Call} call */
  #tell({ status, start, end = Infinity, seen }) {
    if (status !== 200) return;
    for (const waiting of this.#waiting) {
      if (waiting.since > start || !waiting.condition(seen)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(end);
    }
  }
}
