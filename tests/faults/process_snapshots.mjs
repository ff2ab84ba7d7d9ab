// The Chromes by the table of processes, all the time: a leak is also a leak if a later fault ends it by chance.

import { setTimeout as pause } from "node:timers/promises";

import { nameOf } from "./browser.mjs";

/** @import { Server } from "./server.mjs" */

const LOOK_EVERY_MS = 500;

export class ProcessSnapshots {
  /** Every Chrome that was seen, by name. @type {Map<string, {browser: string, from: number, to: number}>} */
  #seen = new Map();
  #stopping = false;

  /** @param {Server} server */
  constructor(server) {
    this.server = server;
    this.watching = this.#watch();
  }

  /**
   * Those that were seen for longer than a browser may run.
   *
   * @param {number} longest
   */
  outstayed(longest) {
    return [...this.#seen.values()].filter(({ from, to }) => to - from > longest);
  }

  async stop() {
    this.#stopping = true;
    await this.watching;
  }

  async #watch() {
    for (; !this.#stopping; await pause(LOOK_EVERY_MS)) {
      const now = Date.now();
      const roots = this.server.chromeProcesses().filter(({ pid, group }) => pid === group);
      for (const browser of roots.map(nameOf)) {
        const { from } = this.#seen.get(browser) ?? { from: now };
        this.#seen.set(browser, { browser, from, to: now });
      }
    }
  }
}
