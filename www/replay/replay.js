// The replay's current time, shown by the player, the timeline, the tabs and the list.

/** @import { RecordedEvent } from "tidewatch" */
/** @import { Entry } from "./entry.js" */
/** @import { Tab } from "./recording.js" */

import { byId } from "../page/by_id.js";
import { setText } from "../page/element.js";
import { Controls } from "./controls.js";
import { Entries } from "./entries.js";
import { PlayerFrame } from "./player_frame.js";
import { Recording } from "./recording.js";
import { Tabs } from "./tabs.js";
import { formatTime } from "./time.js";

// After a seek the player may still report the old time for this long.
const SETTLES_MS = 300;

export class Replay {
  recording = new Recording();
  #controls = new Controls();
  #entries = new Entries(this.recording);
  #tabs = new Tabs(this.recording);
  #player = new PlayerFrame();
  /** @type {Promise<void> | null} */
  #opening = null;
  /** @type {Tab | null} */
  #tab = null;
  /** The current time, in milliseconds since the recording's start. */
  #at = 0;
  #isPlaying = false;
  #soughtAt = 0;

  constructor() {
    this.#controls.on("toggle", () => this.#toggle());
    this.#controls.on("seek", (ms) => this.seek(ms));
    this.#controls.on("speed", (times) => {
      this.#player.speed = times;
    });
    this.#controls.on("skip", (isOn) => {
      this.#player.skipsInactivity = isOn;
    });
    this.#entries.on("go", (entry) => this.#go(entry));
    this.#tabs.on("choose", (tab) => this.#choose(tab, this.#at));
    this.#player.on("at", ({ ms }) => this.#follow(ms));
    this.#player.on("playing", ({ playing }) => this.#become(playing));
    this.#player.on("finished", () => this.#continue());
    this.#player.on("trouble", ({ message }) => {
      setText(byId("trouble"), `This part can't be shown: ${message}`);
      byId("trouble").hidden = false;
    });
  }

  /**
   * Adds the next events of the recording.
   *
   * @param {RecordedEvent[]} events
   */
  async add(events) {
    this.recording.add(events);
    byId("replay").hidden = false;
    this.#opening ??= this.#player.open(byId("player", HTMLIFrameElement));
    await this.#opening;
    const [first] = this.recording.tabs;
    if (!this.#tab && first) this.#choose(first, 0);
    else this.#player.catchUp();
    this.#render();
  }

  /** Shows that all events are loaded. */
  finish() {
    this.#showAbsence();
    this.#render();
  }

  #render() {
    this.#controls.showTimeline(this.recording);
    this.#entries.refresh();
    this.#showTime();
  }

  #showTime() {
    this.#controls.at = this.#at;
    this.#entries.at = this.#moment(this.#at);
    this.#tabs.render(this.#tab, this.#moment(this.#at));
  }

  /** The same time in milliseconds since the epoch. @param {number} at since the recording's start */
  #moment(at) {
    return this.#start + at;
  }

  get #start() {
    return this.recording.start ?? 0;
  }

  /**
   * The same time in milliseconds since a tab's first event, within the tab's events.
   *
   * @param {Tab} tab
   * @param {number} at since the recording's start
   */
  #timeIn(tab, at) {
    return Math.min(endOf(tab) - startOf(tab), Math.max(0, this.#moment(at) - startOf(tab)));
  }

  /**
   * Shows a tab at a time, or at its first event if that is later.
   *
   * @param {Tab} tab
   * @param {number} at
   */
  #choose(tab, at) {
    this.#tab = tab;
    this.#at = Math.max(at, startOf(tab) - this.#start);
    this.#soughtAt = Date.now();
    this.#player.show(tab, this.#timeIn(tab, this.#at));
    if (this.#isPlaying) this.#player.play();
    this.#showAbsence();
    this.#showTime();
  }

  /**
   * Goes to a time. If the shown tab has no events then, another tab that has some is shown.
   *
   * @param {number} at in milliseconds since the recording's start
   */
  seek(at) {
    if (!this.#tab) return;
    const moment = this.#moment(at);
    const covers = (/** @type {Tab} */ tab) => startOf(tab) <= moment && moment <= endOf(tab);
    const other = covers(this.#tab) ? undefined : this.recording.tabs.findLast(covers);
    if (other) return this.#choose(other, at);
    this.#at = at;
    this.#soughtAt = Date.now();
    this.#player.seek(this.#timeIn(this.#tab, at), this.#isPlaying);
    this.#showAbsence();
    this.#showTime();
  }

  /** @param {Entry} entry */
  #go(entry) {
    const tab = this.recording.tabs.find(({ id }) => id === entry.tab);
    const at = entry.at - this.#start;
    if (tab && tab !== this.#tab) return this.#choose(tab, at);
    this.seek(Math.max(0, at));
  }

  #toggle() {
    if (!this.#tab) return;
    if (this.#isPlaying) return this.#player.pause();
    if (this.#moment(this.#at) >= endOf(this.#tab)) return this.#restart();
    this.#player.play();
  }

  #restart() {
    this.#isPlaying = true;
    const [first] = this.recording.tabs;
    if (first) this.#choose(first, 0);
  }

  /** @param {boolean} isPlaying */
  #become(isPlaying) {
    this.#isPlaying = isPlaying;
    this.#controls.playing = isPlaying;
  }

  /** @param {number} ms the player's time, since the tab's first event */
  #follow(ms) {
    if (Date.now() - this.#soughtAt < SETTLES_MS || !this.#tab || !this.#isPlaying) return;
    this.#at = startOf(this.#tab) + ms - this.#start;
    this.#showAbsence();
    this.#showTime();
  }

  // After the end of a tab the replay continues in another tab that has later events.
  #continue() {
    if (!this.#tab) return;
    const end = endOf(this.#tab);
    const next = this.recording.tabs.find((tab) => tab !== this.#tab && endOf(tab) > end);
    if (!next || !this.#isPlaying) return this.#become(false);
    this.#choose(next, end - this.#start);
  }

  #showAbsence() {
    const text = this.#describeAbsence();
    byId("absent").hidden = text === null;
    if (text !== null) setText(byId("absent"), text);
  }

  /** Why the tab shows nothing at the current time; null if it shows something. */
  #describeAbsence() {
    if (!this.#tab) return "No page was recorded.";
    const moment = this.#moment(this.#at);
    const { closedAt } = this.#tab;
    if (closedAt !== null && moment > closedAt) return `This tab was closed at ${formatTime(closedAt - this.#start)}.`;
    const first = startOf(this.#tab);
    return moment < first ? `This tab starts at ${formatTime(first - this.#start)}.` : null;
  }
}

/** @param {Tab} tab */
const startOf = (tab) => tab.events[0]?.timestamp ?? tab.from;

/** @param {Tab} tab */
const endOf = (tab) => tab.events.at(-1)?.timestamp ?? tab.from;
