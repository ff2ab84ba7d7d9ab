// When the server was down: from what was done to it until it answered again.

import { setTimeout as pause } from "node:timers/promises";

import { isAlive } from "../../scripts/support/processes.mjs";

/** @import { Server } from "./server.mjs" */

const LOOK_EVERY_MS = 40;

export class Outages {
  /** @type {{from: number, to: number}[]} the last one goes on while its `to` is Infinity */
  list = [];
  /** @type {{pid: number, startedAt: string}[]} */
  #gone = [];
  #begun = 0;
  /** @type {Promise<void> | undefined} */
  #watching;

  /** @param {Server} server */
  constructor(server) {
    this.server = server;
  }

  /**
   * The server goes down now.
   *
   * @param {{pid: number, startedAt: string}} [gone] a process that has still to end before an answer counts
   */
  begin(gone) {
    this.#begun = Date.now();
    if (gone) this.#gone.push(gone);
    if (this.list.at(-1)?.to !== Infinity) this.list.push({ from: this.#begun, to: Infinity });
    this.#watching ??= this.#watch();
  }

  /** Waits until it is up. */
  async over() {
    await this.#watching;
  }

  async #watch() {
    for (;;) {
      const asked = Date.now();
      const isServing = await this.server.isServing();
      // A question from before the latest blow proves nothing.
      if (isServing && asked > this.#begun && !this.#gone.some(isAlive)) break;
      await pause(LOOK_EVERY_MS);
    }
    this.#gone = [];
    this.#watching = undefined;
    const last = this.list.at(-1);
    if (last) last.to = Date.now();
  }
}

/**
 * How long the server was up between two moments.
 *
 * @param {{from: number, to: number, outages: {from: number, to: number}[]}} span
 */
export function upTime({ from, to, outages }) {
  const down = outages.map((outage) => Math.max(0, Math.min(to, outage.to) - Math.max(from, outage.from)));
  return Math.max(0, to - from - down.reduce((sum, time) => sum + time, 0));
}
