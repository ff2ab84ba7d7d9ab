// Recovery: the server answers, a create through to a CDP round trip and a release works, and every session that
// lost its browser has ended.

import { setTimeout as pause } from "node:timers/promises";

import { askName } from "./browser.mjs";
import { connectCdp } from "../support/cdp.mjs";

/**
 * @import { Client } from "./client.mjs"
 * @import { Fault, History, Seen } from "./history.mjs"
 * @import { Observer } from "./observer.mjs"
 */

const TRY_AGAIN_AFTER_MS = 100;
const PROBE_TIMEOUT_MS = 15_000;

export class Recovery {
  /** Who waits for a probe that began after some moment. @type {{since: number, resolve: (at: number) => void}[]} */
  #waiting = [];
  /** @type {Promise<void> | undefined} */
  #probing;

  /**
   * @param {{client: Client, observers: Observer[],
   *   history: History}} options
   */
  constructor({ client, observers, history }) {
    this.client = client;
    this.observers = observers;
    this.history = history;
  }

  /**
   * How long it took from `since`, when the fault was over, until all was whole; it may take for ever.
   *
   * @param {{fault: Pick<Fault, "at" | "kills" | "browser">, since: number}} options
   */
  async time({ fault, since }) {
    const moments = await Promise.all([this.#worksAfter(since), ...this.#lossesEnded(fault, since)]);
    return Math.max(...moments) - since;
  }

  /**
   * @param {Pick<Fault, "at" | "kills" | "browser">} fault
   * @param {number} since
   */
  #lossesEnded(fault, since) {
    if (!fault.kills) return [];
    const lost = fault.browser && this.history.sessionsOf(fault.browser);
    const isLost = (/** @type {Seen} */ { id, createdAt }) => (lost ? lost.has(id) : createdAt < fault.at);
    return this.observers.map((observer) => observer.until(since, (live) => !live.some(isLost)));
  }

  /**
   * @param {number} since
   * @returns {Promise<number>}
   */
  #worksAfter(since) {
    this.#probing ??= this.#probe();
    return new Promise((resolve) => this.#waiting.push({ since, resolve }));
  }

  async #probe() {
    do {
      const began = Date.now();
      const works = await this.#tryOnce();
      if (!works) await pause(TRY_AGAIN_AFTER_MS);
      const answered = works ? this.#waiting.filter(({ since }) => since <= began) : [];
      this.#waiting = this.#waiting.filter((waiting) => !answered.includes(waiting));
      for (const { resolve } of answered) resolve(Date.now());
    } while (this.#waiting.length > 0);
    this.#probing = undefined;
  }

  async #tryOnce() {
    const { status, body } = await this.client.create({ timeout: PROBE_TIMEOUT_MS });
    if (status !== 201) return false;
    const answers = await this.#roundTrip(body);
    const released = await this.client.release(body.id);
    return answers && released.status === 200;
  }

  /** @param {{id: string, websocketUrl: string}} options */
  async #roundTrip({ id, websocketUrl }) {
    let cdp;
    try {
      cdp = await connectCdp(websocketUrl);
      const name = await askName(cdp);
      if (name) this.history.meet(id, name);
      return true;
    } catch {
      return false;
    } finally {
      cdp?.drop();
    }
  }
}
