// A recording while it loads: its tabs, entries and gaps.

/** @import { RecordedEvent } from "tidewatch" */
/** @import { Entry, GapFields } from "./entry.js" */

import { EVENT_TYPE } from "../rrweb.js";
import { readEntry } from "./entry.js";

/** @typedef {Omit<RecordedEvent, "tab">} PlayedEvent an event as the player takes it */
/** @typedef {Entry & GapFields} Gap */

/**
 * @typedef {object} Tab
 * @property {string} id
 * @property {number} number in order of appearance, from 1
 * @property {PlayedEvent[]} events what the player plays, from the first event that it can start with
 * @property {number} from when the tab appeared, in milliseconds since the epoch
 * @property {number | null} closedAt
 */

export class Recording {
  /** @type {Map<string, Tab>} */
  #tabs = new Map();

  /** @type {Entry[]} in order of time */
  entries = [];
  /** @type {number | null} in milliseconds since the epoch; null before the first event */
  start = null;
  /** @type {number | null} */
  end = null;

  /** In milliseconds. */
  get duration() {
    return this.start === null || this.end === null ? 0 : this.end - this.start;
  }

  /** The tabs that the player can show, in order of appearance. */
  get tabs() {
    return [...this.#tabs.values()].filter(({ events }) => events.length > 1);
  }

  /** @returns {Gap[]} */
  get gaps() {
    return this.entries.filter((entry) => entry.kind === "gap");
  }

  /**
   * Adds the next events. Values that are not events are ignored.
   *
   * @param {RecordedEvent[]} events
   */
  add(events) {
    const before = this.entries.length;
    for (const event of events) {
      if (typeof event?.timestamp !== "number" || !Number.isFinite(event.timestamp)) continue;
      this.#extendTo(event.timestamp);
      this.#addToTab(event);
      const entry = readEntry(event);
      if (entry) this.#addEntry(entry);
    }
    if (this.entries.length > before) this.entries.sort((a, b) => a.at - b.at);
  }

  /** @param {number} timestamp */
  #extendTo(timestamp) {
    this.start = Math.min(this.start ?? timestamp, timestamp);
    this.end = Math.max(this.end ?? timestamp, timestamp);
  }

  /** @param {RecordedEvent} event */
  #addToTab({ tab: id, ...event }) {
    if (typeof id !== "string" || !id) return;
    const tab = this.#tabs.get(id) ?? newTab(id, this.#tabs.size + 1, event.timestamp);
    this.#tabs.set(id, tab);
    // The player starts with a page's meta event and full snapshot. Events before them can't be shown.
    if (tab.events.length === 0 && event.type !== EVENT_TYPE.META) return;
    if (tab.events.length === 1 && event.type !== EVENT_TYPE.FULL_SNAPSHOT) {
      if (event.type === EVENT_TYPE.META) tab.events[0] = event;
      return;
    }
    tab.events.push(event);
  }

  /** @param {Entry} entry */
  #addEntry(entry) {
    this.entries.push(entry);
    const tab = this.#tabs.get(entry.tab);
    if (tab && entry.kind === "page" && entry.isTab) tab.closedAt = entry.isOpened ? null : entry.at;
  }

  /**
   * The page that a tab shows at a time.
   *
   * @param {string} tabId
   * @param {number} at in milliseconds since the epoch
   */
  pageOf(tabId, at) {
    let page = { url: "", title: "" };
    for (const entry of this.entries) {
      if (entry.at > at) break;
      if (entry.tab !== tabId || entry.kind !== "page" || (entry.isTab && !entry.isOpened)) continue;
      page = { url: entry.url, title: entry.isTab ? entry.detail : entry.title };
    }
    return page;
  }

  /**
   * The index of the last entry that is not after a time; -1 before the first one.
   *
   * @param {Pick<Entry, "at">[]} entries in order of time
   * @param {number} at
   */
  static indexAt(entries, at) {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((entries[middle]?.at ?? Infinity) <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/**
 * @param {string} id
 * @param {number} number
 * @param {number} from
 * @returns {Tab}
 */
const newTab = (id, number, from) => ({ id, number, events: [], from, closedAt: null });
