// One time, shown by the player, the line, the tabs and the list.

import { setText } from "../dashboard/element.js";
import { Controls } from "./controls.js";
import { Entries } from "./entries.js";
import { Recording } from "./recording.js";
import { Stage } from "./stage.js";
import { Tabs } from "./tabs.js";
import { timeInWords } from "./time.js";

// What the player said before it heard of a new time is about the old one.
const SETTLES_MS = 300;

const element = (id) => document.getElementById(id);

export class Replay {
  recording = new Recording();
  #controls = new Controls();
  #entries = new Entries(this.recording);
  #tabs = new Tabs(this.recording);
  #stage = new Stage();
  #opening = null;
  #tab = null;
  // Milliseconds since the recording's start.
  #at = 0;
  #isPlaying = false;
  #soughtAt = 0;

  constructor() {
    this.#controls.addEventListener("toggle", () => this.#toggle());
    this.#controls.addEventListener("seek", ({ detail }) => this.seek(detail));
    this.#controls.addEventListener("speed", ({ detail }) => (this.#stage.speed = detail));
    this.#controls.addEventListener("skip", ({ detail }) => (this.#stage.skipsInactivity = detail));
    this.#entries.addEventListener("go", ({ detail }) => this.#go(detail));
    this.#tabs.addEventListener("choose", ({ detail }) => this.#choose(detail, this.#at));
    this.#listen();
  }

  #listen() {
    this.#stage.addEventListener("at", ({ detail }) => this.#follow(detail.ms));
    this.#stage.addEventListener("playing", ({ detail }) => this.#become(detail.playing));
    this.#stage.addEventListener("finished", () => this.#goOn());
    this.#stage.addEventListener("trouble", ({ detail }) => {
      setText(element("trouble"), `This part can't be shown: ${detail.message}`);
      element("trouble").hidden = false;
    });
  }

  /** Takes the next events of the recording. */
  async add(events) {
    this.recording.add(events);
    element("replay").hidden = false;
    this.#opening ??= this.#stage.open(element("player"));
    await this.#opening;
    const [first] = this.recording.tabs;
    if (!this.#tab && first) this.#choose(first, 0);
    else this.#stage.catchUp();
    this.#draw();
  }

  /** All events are there. */
  finish() {
    this.#sayAbsent();
    this.#draw();
  }

  #draw() {
    this.#controls.line(this.recording);
    this.#entries.refresh();
    this.#show();
  }

  #show() {
    const moment = this.recording.start + this.#at;
    this.#controls.at = this.#at;
    this.#entries.at = moment;
    this.#tabs.draw(this.#tab, moment);
  }

  // Where a tab is within its own time.
  #local(tab, at) {
    return Math.min(lastOf(tab) - tab.from0, Math.max(0, this.recording.start + at - tab.from0));
  }

  #choose(tab, at) {
    this.#tab = withStart(tab);
    this.#at = this.recording.start + at < this.#tab.from0 ? this.#tab.from0 - this.recording.start : at;
    this.#soughtAt = Date.now();
    this.#stage.show(tab, this.#local(this.#tab, this.#at));
    if (this.#isPlaying) this.#stage.play();
    this.#sayAbsent();
    this.#show();
  }

  /** Goes to a time; in another tab, where the one that is shown has nothing then. */
  seek(at) {
    const moment = this.recording.start + at;
    const has = (tab) => withStart(tab).from0 <= moment && moment <= lastOf(tab);
    const other = this.#tab && !has(this.#tab) ? this.recording.tabs.findLast(has) : undefined;
    if (other) return this.#choose(other, at);
    if (!this.#tab) return;
    this.#at = at;
    this.#soughtAt = Date.now();
    this.#stage.seek(this.#local(this.#tab, at), this.#isPlaying);
    this.#sayAbsent();
    this.#show();
  }

  #go(entry) {
    const tab = this.recording.tabs.find(({ id }) => id === entry.tab);
    const at = entry.at - this.recording.start;
    if (tab && tab !== this.#tab) return this.#choose(tab, at);
    this.seek(Math.max(0, at));
  }

  #toggle() {
    if (!this.#tab) return;
    if (this.#isPlaying) return this.#stage.pause();
    if (this.recording.start + this.#at >= lastOf(this.#tab)) return this.#again();
    this.#stage.play();
  }

  #again() {
    this.#isPlaying = true;
    const [first] = this.recording.tabs;
    this.#choose(first, 0);
  }

  #become(isPlaying) {
    this.#isPlaying = isPlaying;
    this.#controls.playing = isPlaying;
  }

  #follow(ms) {
    if (Date.now() - this.#soughtAt < SETTLES_MS || !this.#tab || !this.#isPlaying) return;
    this.#at = this.#tab.from0 + ms - this.recording.start;
    this.#sayAbsent();
    this.#show();
  }

  // Where a tab ends, another one may go on.
  #goOn() {
    const end = lastOf(this.#tab);
    const next = this.recording.tabs.find((tab) => tab !== this.#tab && lastOf(tab) > end);
    if (!next || !this.#isPlaying) return this.#become(false);
    this.#choose(next, end - this.recording.start);
  }

  #sayAbsent() {
    const line = element("absent");
    const moment = this.recording.start + this.#at;
    const { closedAt, from0 } = this.#tab ?? {};
    const isGone = closedAt !== null && closedAt !== undefined && moment > closedAt;
    line.hidden = Boolean(this.#tab) && moment >= from0 && !isGone;
    if (line.hidden) return;
    if (!this.#tab) setText(line, "No page was recorded.");
    else if (isGone) setText(line, `This tab was closed at ${timeInWords(closedAt - this.recording.start)}.`);
    else setText(line, `This tab begins at ${timeInWords(from0 - this.recording.start)}.`);
  }
}

const lastOf = (tab) => tab.events.at(-1).timestamp;

// The player counts from a tab's first event that it can show.
function withStart(tab) {
  tab.from0 ??= tab.events[0].timestamp;
  return tab;
}
