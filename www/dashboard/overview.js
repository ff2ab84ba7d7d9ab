// How many sessions are live, starting and waiting now, and what was used.

/** @import { Tidewatch, Usage } from "tidewatch" */
/** @import { Range } from "./address.js" */
/** @import { Fleet } from "./fleet.js" */
/** @import { Navigation } from "./navigation.js" */

import { byId } from "../page/by_id.js";
import { h, setText } from "../page/element.js";
import { failureOf, messageOf } from "../page/failure.js";
import { formatNumber } from "../page/format.js";
import { signOut } from "../page/key.js";
import { Charts } from "./charts.js";
import { serviceNow } from "./clock.js";
import { noticeError } from "./notices.js";
import { periodsOf, todayOf, usageQuery } from "./usage.js";

// No event tells how many sessions are queued, so the numbers are requested regularly.
const EVERY_MS = 5000;
// A burst of events causes one request.
const AFTER_EVENT_MS = 300;
const CHARTS_EVERY_MS = 30_000;

/**
 * What the charts show.
 *
 * @typedef {object} Drawn
 * @property {Range} range
 * @property {string} counts everything in the usage but browser time
 * @property {number} at when it was drawn
 */

export class Overview {
  #client;
  #fleet;
  #navigation;
  #tiles = {
    live: h("dd", {}, "–"),
    starting: h("dd", {}, "–"),
    waiting: h("dd", {}, "–"),
    minutes: h("dd", {}, "–"),
    sessions: h("dd", {}, "–"),
    failures: h("dd", {}, "–"),
    fill: h("div", { class: "fill" }),
  };
  /** @type {{usage: Usage, range: Range} | null} the service's last answer */
  #answer = null;
  /** @type {Drawn | null} */
  #drawn = null;
  /** @type {Charts | null} */
  #charts = null;
  #isLoadingCharts = false;
  /** @type {{at: number, timer: ReturnType<typeof setTimeout>} | null} the next request */
  #next = null;
  /** @type {AbortController | null} ends the current request */
  #request = null;

  /** @param {{client: Tidewatch, fleet: Fleet, navigation: Navigation}} parts */
  constructor({ client, fleet, navigation }) {
    this.#client = client;
    this.#fleet = fleet;
    this.#navigation = navigation;
    this.#addTiles();
  }

  /** Shows the numbers, and requests them again regularly and after events. */
  async start() {
    this.#fleet.on("happened", () => this.#schedule(AFTER_EVENT_MS));
    this.#navigation.on("move", ({ range }) => {
      if (range !== this.#navigation.place.range) this.#refresh();
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#schedule(0);
    });
    await Promise.all([this.#loadCharts(), this.#refresh()]);
  }

  // The chart library is a file of its own. If it can't be loaded, the next answer tries again.
  async #loadCharts() {
    if (this.#isLoadingCharts) return;
    this.#isLoadingCharts = true;
    try {
      this.#charts = await Charts.load(byId("charts"));
    } catch {
      return;
    } finally {
      this.#isLoadingCharts = false;
    }
    if (this.#answer) this.#drawCharts(this.#charts, this.#answer);
  }

  #addTiles() {
    const { live, starting, waiting, minutes, sessions, failures, fill } = this.#tiles;
    const tile = (/** @type {string} */ name, /** @type {Node[]} */ ...content) =>
      h("div", { class: "tile" }, h("dt", {}, name), ...content);
    byId("tiles").append(
      tile("Live", live, h("div", { class: "track", "aria-hidden": "true" }, fill)),
      tile("Starting", starting),
      tile("Queued", waiting),
      tile("Browser minutes today", minutes),
      tile("Sessions today", sessions),
      tile("Failures today", failures),
    );
  }

  /** @param {number} ms until the next request, unless one is due earlier */
  #schedule(ms) {
    const at = Date.now() + ms;
    if (this.#next && this.#next.at <= at && this.#next.at >= Date.now()) return;
    clearTimeout(this.#next?.timer);
    this.#next = { at, timer: setTimeout(() => this.#refresh(), ms) };
  }

  async #refresh() {
    clearTimeout(this.#next?.timer);
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    try {
      const { range } = this.#navigation.place;
      const usage = await this.#client.usage(usageQuery(range, serviceNow()), { signal: request.signal });
      if (request.signal.aborted) return;
      this.#show(usage, range);
    } catch (error) {
      const failure = failureOf(error);
      // A refused socket does not say that the key is the cause. This call does, every few seconds.
      if (failure.status === 401) return signOut(messageOf(error));
      if (!request.signal.aborted && !failure.retryable) noticeError(error);
    } finally {
      if (!request.signal.aborted) this.#scheduleNext();
    }
  }

  #scheduleNext() {
    this.#next = null;
    if (!document.hidden) this.#schedule(EVERY_MS);
  }

  /**
   * @param {Usage} usage
   * @param {Range} range
   */
  #show(usage, range) {
    const { now, limits } = usage;
    const { live, starting, waiting, minutes, sessions, failures, fill } = this.#tiles;
    const today = todayOf(usage, serviceNow());
    setText(live, `${formatNumber(now.live)} of ${formatNumber(limits.liveMax)}`);
    setText(starting, formatNumber(now.starting));
    setText(waiting, formatNumber(now.waiting));
    setText(minutes, formatNumber(Math.round(today.browserSeconds / 6) / 10));
    setText(sessions, formatNumber(today.sessions));
    setText(failures, formatNumber(today.failures));
    failures.classList.toggle("bad", today.failures > 0);
    fill.style.scale = `${Math.min(1, now.live / Math.max(1, limits.liveMax))} 1`;
    fill.classList.toggle("full", now.live >= limits.liveMax);
    this.#answer = { usage, range };
    if (this.#charts) this.#drawCharts(this.#charts, this.#answer);
    else this.#loadCharts();
  }

  /**
   * @param {Charts} charts
   * @param {{usage: Usage, range: Range}} answer
   */
  #drawCharts(charts, { usage, range }) {
    const next = { range, counts: countsOf(usage), at: Date.now() };
    if (this.#drawn && !isDue(this.#drawn, next)) return;
    this.#drawn = next;
    charts.show(periodsOf(usage, range, serviceNow()), range);
  }
}

/**
 * @param {Drawn} drawn
 * @param {Drawn} next
 */
const isDue = (drawn, next) =>
  drawn.range !== next.range || drawn.counts !== next.counts || next.at - drawn.at >= CHARTS_EVERY_MS;

/**
 * Everything that changes a chart visibly at once: a start or an end does, one more second of browser time does not.
 *
 * @param {Usage} usage
 */
function countsOf({ periods }) {
  return periods
    .map(
      ({ sessions, failures, livePeak, endsByReason }) =>
        `${sessions} ${failures} ${livePeak} ${JSON.stringify(endsByReason)}`,
    )
    .join();
}
