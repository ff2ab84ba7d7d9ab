// An account: the browsers that it has and had, and how many it may have how fast.

import { Browser } from "./browser.mjs";
import { Rate } from "./rate.mjs";

/**
 * @import { CloseReason } from "./browser.mjs"
 * @import { Clock } from "./clock.mjs"
 */

// What nothing reaches, until other limits are set.
const CONCURRENT_MAX = 1_000_000;
const ANY_RATE = { everyMs: 0.001, atOnce: 1_000_000 };
// "Recent sessions", by Browser Run's documentation, which does not say how many.
const HISTORY_MAX = 500;

export class Account {
  /** All browsers there ever were, by id. @type {Map<string, Browser>} */
  browsers = new Map();
  /** The one that was started last. @type {Browser | undefined} */
  newest;
  /** How late the list is: it shows ended browsers, and hides new ones, for so many milliseconds. */
  lag = { endedMs: 0, newMs: 0 };
  /** How long a close takes. With 0 it is answered "closed"; else "closing" until then, and "closed" after it. */
  closingMs = 0;

  #clock;
  #idleMs;
  #idleMsMax;
  /** @type {Map<string, Browser>} */
  #running = new Map();
  /** @type {Browser[]} */
  #ended = [];
  #concurrentMax = CONCURRENT_MAX;
  #rate = new Rate(ANY_RATE);

  /**
   * @param {Clock} clock
   * @param {{idleMs: number, idleMsMax: number}} options
   */
  constructor(clock, { idleMs, idleMsMax }) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#idleMsMax = idleMsMax;
  }

  /**
   * Sets the account's limits, anew and untouched; without any there are none.
   *
   * @param {object} [limits]
   * @param {number} [limits.concurrent] browsers that may run at once
   * @param {number} [limits.everyMs] one more may start each time so many milliseconds have passed
   * @param {number} [limits.atOnce] so many may start at once after a pause; 1 unless told
   */
  limit({ concurrent = CONCURRENT_MAX, everyMs, atOnce = 1 } = {}) {
    this.#concurrentMax = concurrent;
    this.#rate = new Rate(everyMs === undefined ? ANY_RATE : { everyMs, atOnce });
  }

  /** Milliseconds until a browser may start; `Infinity` until one has ended. */
  get wait() {
    return this.#running.size >= this.#concurrentMax ? Infinity : this.#rate.wait(this.#clock.now());
  }

  /**
   * Starts a browser, whatever the limits say.
   *
   * @param {number} [keepAlive] how long it may be idle, in milliseconds, within what is allowed
   */
  open(keepAlive = 0) {
    const now = this.#clock.now();
    this.#rate.take(now);
    const browser = new Browser(now, Math.min(Math.max(keepAlive, this.#idleMs), this.#idleMsMax));
    this.browsers.set(browser.id, browser);
    this.#running.set(browser.id, browser);
    this.newest = browser;
    if (browser.idleMs < Infinity) this.#clock.at(browser.idleAt, () => this.#lookWhetherIdle(browser));
    return browser;
  }

  /**
   * A command has come: the browser is not idle.
   *
   * @param {Browser} browser
   */
  command(browser) {
    browser.commandAt = this.#clock.now();
  }

  /**
   * A browser ends, for one of the reasons of the history.
   *
   * @param {Browser} browser
   * @param {CloseReason} closeReason
   */
  end(browser, closeReason) {
    if (!browser.alive) return;
    this.#running.delete(browser.id);
    this.#ended.push(browser);
    browser.end(closeReason, this.#clock.now());
  }

  /**
   * A close is asked for: the status to answer with; `undefined` if the browser is gone.
   *
   * @param {Browser} browser
   */
  close(browser) {
    if (!browser.alive) return browser.closing ? "closed" : undefined;
    if (this.closingMs === 0) {
      this.end(browser, "NormalClosure");
      return "closed";
    }
    if (!browser.closing) {
      browser.closing = true;
      this.#clock.at(this.#clock.now() + this.closingMs, () => this.end(browser, "NormalClosure"));
    }
    return "closing";
  }

  running() {
    return [...this.#running.values()];
  }

  /** What `/v1/devtools/session` shows. */
  list() {
    const now = this.#clock.now();
    const shown = [];
    for (const browser of this.#running.values()) {
      if (browser.listed && now - browser.startTime >= this.lag.newMs) shown.push(browser.entry);
    }
    for (let at = this.#ended.length - 1; at >= 0; at -= 1) {
      const ended = this.#ended[at];
      if (now - (ended.endTime ?? now) >= this.lag.endedMs) break;
      if (ended.listed) shown.push(ended.entry);
    }
    return shown;
  }

  /** What `/v1/limits` shows. */
  limits() {
    const now = this.#clock.now();
    return {
      activeSessions: this.running().map(({ id }) => ({ id })),
      maxConcurrentSessions: this.#concurrentMax,
      allowedBrowserAcquisitions: this.#rate.allowed(now),
      timeUntilNextAllowedBrowserAcquisition: Math.ceil(this.#rate.wait(now)),
    };
  }

  /** What `/v1/history` shows: who runs, newest first, and then who has ended, the last first. */
  history() {
    const recent = (/** @type {Browser[]} */ browsers) =>
      browsers
        .slice(-HISTORY_MAX)
        .reverse()
        .map(({ record }) => record);
    return [...recent(this.running()), ...recent(this.#ended)];
  }

  // Commands move the deadline without a word to the clock; it is set anew where it was too early.
  /** @param {Browser} browser */
  #lookWhetherIdle(browser) {
    if (!browser.alive) return;
    if (browser.idleAt <= this.#clock.now()) this.end(browser, "BrowserIdle");
    else this.#clock.at(browser.idleAt, () => this.#lookWhetherIdle(browser));
  }
}
