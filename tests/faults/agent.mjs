// One agent: creates sessions, drives their browsers, extends, releases or leaves them, as agents do, and tries again
// when its connection breaks. It checks nothing: what it was told stands in the history.

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import puppeteer from "puppeteer-core";

import { askName } from "./browser.mjs";
import { connectCdp } from "../support/cdp.mjs";

/**
 * @import { CreateOptions, SessionData } from "../../src/client/types.ts"
 * @import { Cdp } from "../support/cdp.mjs"
 * @import { Prng } from "../support/prng.mjs"
 * @import { Client } from "./client.mjs"
 */

const TIMEOUT_MS = { least: 3_000, most: 20_000 };
const GRACE_MS = { least: 1_000, most: 2_000 };
const WAIT_MS = { least: 1_000, most: 8_000 };
const STEPS_MAX = 5;
const REST_MS = { least: 200, most: 1_500 };
// A server that is down refuses at once: so it is not asked in a loop.
const AFTER_BREAK_MS = { least: 100, most: 400 };
const TRIES_MAX = 40;
// Refusals after which the same request, sent again, may succeed (README: the status and code of each).
const TRY_AGAIN = new Set([429, 500, 502, 503, 504]);
const PUPPETEER_WITHIN_MS = 8_000;

export class Agent {
  #steps = [
    { weight: 4, take: () => this.#roundTrip() },
    { weight: 3, take: () => this.#change() },
    { weight: 2, take: () => this.#client.get(this.#session.id) },
    { weight: 2, take: () => this.#reconnect() },
    { weight: 1, take: () => this.#repeat() },
    { weight: 1, take: () => this.#drive() },
  ];
  #ends = [
    { weight: 5, take: () => this.#client.release(this.#session.id) },
    // Dropped: a watched session is released after its grace, and one that is not lives to its deadline.
    { weight: 3, take: () => {} },
    { weight: 1, take: () => this.#releaseTwice() },
  ];
  #client;
  #prng;
  #signal;
  /** The session of this life. @type {SessionData} */
  #session = /** @type {SessionData} */ ({});
  /** @type {CreateOptions & {key?: string}} */
  #request = {};
  /** @type {Cdp | undefined} */
  #cdp;

  /**
   * @param {object} options
   * @param {Client} options.client
   * @param {Prng} options.prng
   * @param {AbortSignal} options.signal tells it to stop
   */
  constructor({ client, prng, signal }) {
    this.#client = client;
    this.#prng = prng;
    this.#signal = signal;
  }

  /** Lives one life after another, until told to stop. */
  async work() {
    while (!this.#signal.aborted) {
      if (await this.#begin()) await this.#live();
      await this.#rest(REST_MS);
    }
  }

  /** Asks for a session, and again if the connection breaks and the request is safe to repeat. */
  async #begin() {
    this.#request = this.#newRequest();
    const { key, sessionId } = this.#request;
    for (let tries = 0; tries < TRIES_MAX && !this.#signal.aborted; tries += 1) {
      const { status, body } = await this.#client.create(this.#request);
      this.#session = body;
      if (status === 200 || status === 201) return body.status === "live";
      if (status !== undefined && !TRY_AGAIN.has(status)) return false;
      // A start that failed is kept under the caller's id, and is no longer under a key.
      if (!key && !(sessionId && status === undefined)) return false;
      await this.#rest(AFTER_BREAK_MS);
    }
    return false;
  }

  #newRequest() {
    const prng = this.#prng;
    /** @type {CreateOptions & {key?: string}} */
    const request = { timeout: prng.whole(TIMEOUT_MS.least, TIMEOUT_MS.most), owner: this.#client.who };
    if (prng.chance(0.4)) {
      Object.assign(request, { onDisconnect: "release", disconnectGrace: prng.whole(GRACE_MS.least, GRACE_MS.most) });
    }
    if (prng.chance(0.3)) request.wait = prng.whole(WAIT_MS.least, WAIT_MS.most);
    if (prng.chance(0.6)) request.key = randomUUID();
    else if (prng.chance(0.5)) request.sessionId = randomUUID();
    return request;
  }

  async #live() {
    await this.#connect();
    const steps = this.#prng.whole(1, STEPS_MAX);
    for (let step = 0; step < steps && !this.#signal.aborted; step += 1) {
      await this.#prng.weighted(this.#steps).take();
      await this.#rest(REST_MS);
    }
    await this.#prng.weighted(this.#ends).take();
    this.#cdp?.drop();
    this.#cdp = undefined;
  }

  /** A connection counts once the browser has answered on it and said which one it is. */
  async #connect() {
    const { history, who, project } = this.#client;
    const { id, websocketUrl } = this.#session;
    const call = history.begin({ project, who, what: "connect", id });
    let cdp;
    try {
      cdp = await connectCdp(websocketUrl);
      const name = await askName(cdp);
      if (name) history.meet(id, name);
      history.end(call, { status: 101 });
      this.#cdp = cdp;
    } catch (error) {
      const { status, message } = /** @type {Error & {status?: number}} */ (error);
      history.end(call, status ? { status } : { error: message });
      cdp?.drop();
    }
  }

  async #reconnect() {
    this.#cdp?.drop();
    this.#cdp = undefined;
    await this.#connect();
  }

  async #roundTrip() {
    if (!this.#cdp?.isOpen) return this.#connect();
    await this.#cdp.send("Browser.getVersion").catch(() => {}); // The history says whether it was killed or stopped.
  }

  #change() {
    return this.#client.change(this.#session.id, this.#prng.whole(TIMEOUT_MS.least, TIMEOUT_MS.most));
  }

  /** The same create again: it must be the same session. */
  async #repeat() {
    if (this.#request.key || this.#request.sessionId) await this.#client.create(this.#request);
  }

  async #releaseTwice() {
    await this.#client.release(this.#session.id);
    await this.#client.release(this.#session.id);
    // After its end no client is admitted.
    await this.#connect();
  }

  /** Opens a page with puppeteer, as most agents do. */
  async #drive() {
    const options = { browserWSEndpoint: this.#session.websocketUrl, protocolTimeout: PUPPETEER_WITHIN_MS };
    const driven = (async () => {
      const browser = await puppeteer.connect(options);
      const page = await browser.newPage();
      await page.evaluate(() => 6 * 7);
      await browser.disconnect();
    })();
    const limit = pause(PUPPETEER_WITHIN_MS, undefined, { ref: false });
    await Promise.race([driven, limit]).catch(() => {});
    driven.catch(() => {}); // Whatever becomes of one that is waited for no more.
  }

  /**
   * Does nothing for a while, or until told to stop.
   *
   * @param {{least: number, most: number}} options
   */
  async #rest({ least, most }) {
    await pause(this.#prng.whole(least, most), undefined, { signal: this.#signal }).catch(() => {});
  }
}
