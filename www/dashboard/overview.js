// Counts and limits as of now, and what was used.

import { Charts } from "./charts.js";
import { serviceNow } from "./clock.js";
import { h, setText } from "./element.js";
import { signOut } from "./key.js";
import { noticeTrouble } from "./notices.js";
import { periodsOf, todayOf, usageQuery } from "./usage.js";
import { figure } from "./words.js";

// Who waits in line is in no event; how many they are is asked for.
const EVERY_MS = 5000;
// A burst of events is one question.
const AFTER_EVENT_MS = 300;
const CHARTS_EVERY_MS = 30_000;

export class Overview {
  #client;
  #fleet;
  #navigation;
  #tiles = {};
  /** The service's last answer about usage, and for which range. */
  #answer = null;
  /** What the charts show, and since when; null before they show anything. */
  #drawn = null;
  #charts = null;
  #isLoadingCharts = false;
  #next = 0;
  #asking = null;

  constructor({ client, fleet, navigation }) {
    this.#client = client;
    this.#fleet = fleet;
    this.#navigation = navigation;
    this.#makeTiles();
  }

  /** Shows what is known, and asks again from time to time and after events. */
  async begin() {
    this.#fleet.addEventListener("happened", () => this.#soon(AFTER_EVENT_MS));
    this.#navigation.addEventListener("move", ({ detail: { range } }) => {
      if (range !== this.#navigation.place.range) this.#ask();
    });
    document.addEventListener("visibilitychange", () => !document.hidden && this.#soon(0));
    await Promise.all([this.#loadCharts(), this.#ask()]);
  }

  // What draws them is a file of its own: if it can't be had now, it is asked for again with the next answer.
  async #loadCharts() {
    if (this.#isLoadingCharts) return;
    this.#isLoadingCharts = true;
    try {
      this.#charts = await Charts.in(document.getElementById("charts"));
    } catch {
      return;
    } finally {
      this.#isLoadingCharts = false;
    }
    if (this.#answer) this.#drawCharts(this.#answer);
  }

  #makeTiles() {
    const tile = (key, name, ...more) => {
      const value = h("dd", {}, "–");
      this.#tiles[key] = value;
      return h("div", { class: "tile" }, h("dt", {}, name), value, ...more);
    };
    this.#tiles.fill = h("div", { class: "fill" });
    document
      .getElementById("tiles")
      .append(
        tile("live", "Live", h("div", { class: "track", "aria-hidden": "true" }, this.#tiles.fill)),
        tile("starting", "Starting"),
        tile("waiting", "Waiting in line"),
        tile("minutes", "Browser minutes today"),
        tile("sessions", "Sessions today"),
        tile("failures", "Failures today"),
      );
  }

  #soon(ms) {
    const at = Date.now() + ms;
    if (this.#next && this.#next.at <= at && this.#next.at >= Date.now()) return;
    clearTimeout(this.#next?.timer);
    this.#next = { at, timer: setTimeout(() => this.#ask(), ms) };
  }

  async #ask() {
    clearTimeout(this.#next?.timer);
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    try {
      const { range } = this.#navigation.place;
      const usage = await this.#client.usage(usageQuery(range, serviceNow()), { signal: asking.signal });
      if (asking.signal.aborted) return;
      this.#show(usage, range);
    } catch (error) {
      // A socket can't say that its key is refused; this call does, and it comes every few seconds.
      if (error.status === 401) return signOut(error.message);
      if (!asking.signal.aborted && !error.retryable) noticeTrouble(error);
    } finally {
      if (!asking.signal.aborted) this.#again();
    }
  }

  #again() {
    this.#next = null;
    if (!document.hidden) this.#soon(EVERY_MS);
  }

  #show(usage, range) {
    const { now, limits } = usage;
    const today = todayOf(usage, serviceNow());
    setText(this.#tiles.live, `${figure(now.live)} of ${figure(limits.liveMax)}`);
    setText(this.#tiles.starting, figure(now.starting));
    setText(this.#tiles.waiting, figure(now.waiting));
    setText(this.#tiles.minutes, figure(Math.round(today.browserSeconds / 6) / 10));
    setText(this.#tiles.sessions, figure(today.sessions));
    setText(this.#tiles.failures, figure(today.failures));
    this.#tiles.failures.classList.toggle("bad", today.failures > 0);
    this.#tiles.fill.style.scale = `${Math.min(1, now.live / Math.max(1, limits.liveMax))} 1`;
    this.#tiles.fill.classList.toggle("full", now.live >= limits.liveMax);
    this.#answer = { usage, range };
    if (this.#charts) this.#drawCharts(this.#answer);
    else this.#loadCharts();
  }

  #drawCharts({ usage, range }) {
    const next = { range, news: newsOf(usage), at: Date.now() };
    if (this.#drawn && !isDue(this.#drawn, next)) return;
    this.#drawn = next;
    this.#charts.show(periodsOf(usage, range, serviceNow()), range);
  }
}

const isDue = (drawn, next) =>
  drawn.range !== next.range || drawn.news !== next.news || next.at - drawn.at >= CHARTS_EVERY_MS;

// What changes a chart visibly at once: a start or an end, not another second of a running browser.
function newsOf({ periods }) {
  return periods
    .map(
      ({ sessions, failures, livePeak, endsByReason }) =>
        `${sessions} ${failures} ${livePeak} ${JSON.stringify(endsByReason)}`,
    )
    .join();
}
