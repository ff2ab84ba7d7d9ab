// A recording as it comes in, a page of events at a time: its tabs, its entries, its gaps.

import { readEntry } from "./entry.js";

const META = 4;
const FULL_SNAPSHOT = 2;

/**
 * @typedef {object} Tab
 * @property {string} id
 * @property {number} number in order of appearance, from 1
 * @property {object[]} events those that the player plays, from the first one that it can begin with
 * @property {number} from when it appears, in milliseconds since the epoch
 * @property {number | null} closedAt
 */

export class Recording {
  #tabs = new Map();

  /** In order of time. */
  entries = [];
  /** Times in milliseconds since the epoch; null before the first event. */
  start = null;
  end = null;

  /** How long it is, in milliseconds. */
  get duration() {
    return this.start === null ? 0 : this.end - this.start;
  }

  /** Those that have something to show, in order of appearance. @returns {Tab[]} */
  get tabs() {
    return [...this.#tabs.values()].filter(({ events }) => events.length > 1);
  }

  get gaps() {
    return this.entries.filter(({ kind }) => kind === "gap");
  }

  /** Takes the next events. What is no event is left out. */
  add(events) {
    const before = this.entries.length;
    for (const event of events) {
      if (typeof event?.timestamp !== "number" || !Number.isFinite(event.timestamp)) continue;
      this.#widen(event.timestamp);
      this.#addToTab(event);
      const entry = readEntry(event);
      if (entry) this.#addEntry(entry);
    }
    if (this.entries.length > before) this.entries.sort((a, b) => a.at - b.at);
  }

  #widen(timestamp) {
    this.start = Math.min(this.start ?? timestamp, timestamp);
    this.end = Math.max(this.end ?? timestamp, timestamp);
  }

  #addToTab({ tab: id, ...event }) {
    if (typeof id !== "string" || !id) return;
    const tab = this.#tabs.get(id) ?? {
      id,
      number: this.#tabs.size + 1,
      events: [],
      from: event.timestamp,
      closedAt: null,
    };
    this.#tabs.set(id, tab);
    // The player begins with a page; what a tab does before it has one can't be shown.
    if (tab.events.length === 0 && event.type !== META) return;
    if (tab.events.length === 1 && event.type !== FULL_SNAPSHOT) {
      if (event.type === META) tab.events[0] = event;
      return;
    }
    tab.events.push(event);
  }

  #addEntry(entry) {
    this.entries.push(entry);
    const tab = this.#tabs.get(entry.tab);
    if (tab && entry.isTab) tab.closedAt = entry.isOpened ? null : entry.at;
  }

  /** What a tab shows at a time: its address and title. */
  pageOf(tabId, at) {
    let page = { url: "", title: "" };
    for (const entry of this.entries) {
      if (entry.at > at) break;
      if (entry.tab !== tabId || entry.kind !== "page" || (entry.isTab && !entry.isOpened)) continue;
      page = { url: entry.url, title: entry.isTab ? entry.detail : entry.title };
    }
    return page;
  }

  /** The index of the last of these entries that is not after a time; -1 before the first. */
  static indexAt(entries, at) {
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (entries[middle].at <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
