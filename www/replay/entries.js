// The list beside the player: what happened, and when. A click on an entry goes to its time.

/** @import { Entry } from "./entry.js" */

import { byId } from "../page/by_id.js";
import { h, setText, visible } from "../page/element.js";
import { Emitter } from "../page/emitter.js";
import { VirtualList } from "../page/virtual_list.js";
import { Recording } from "./recording.js";
import { formatTime } from "./time.js";

const KINDS = { all: "All", page: "Pages", console: "Console", network: "Network" };
// The list does not scroll by itself for this long after a person has used it.
const FOLLOWS_AFTER_MS = 4000;
const TITLE_CHARS_MAX = 1000;

/**
 * Emits `go` with the entry that a person chose.
 *
 * @extends {Emitter<{go: Entry}>}
 */
export class Entries extends Emitter {
  #recording;
  /** @type {VirtualList<Entry, EntryRow>} */
  #list;
  /** @type {Entry[]} */
  #shown = [];
  #kind = "all";
  #text = "";
  #current = -1;
  #usedAt = 0;

  /** @param {Recording} recording */
  constructor(recording) {
    super();
    this.#recording = recording;
    const scroller = byId("scroller");
    this.#list = new VirtualList(byId("entries"), { scroller, make: () => new EntryRow(this) });
    const markUsed = () => {
      this.#usedAt = Date.now();
    };
    for (const type of ["wheel", "pointerdown", "keydown"])
      scroller.addEventListener(type, markUsed, { passive: true });
    const find = byId("find", HTMLInputElement);
    find.addEventListener("input", () => {
      this.#text = find.value.trim().toLowerCase();
      this.refresh();
    });
    byId("kinds").append(...Object.entries(KINDS).map(([kind, name]) => this.#kindButton(kind, name)));
  }

  /**
   * @param {string} kind
   * @param {string} name
   */
  #kindButton(kind, name) {
    return h(
      "button",
      {
        type: "button",
        "aria-pressed": String(kind === this.#kind),
        onclick: ({ currentTarget }) => this.#choose(kind, currentTarget),
      },
      name,
    );
  }

  /**
   * @param {string} kind
   * @param {HTMLElement} button
   */
  #choose(kind, button) {
    this.#kind = kind;
    for (const other of byId("kinds").children) other.setAttribute("aria-pressed", String(other === button));
    this.refresh();
  }

  /** Shows the entries that are loaded. Gaps pass every filter of kind. */
  refresh() {
    this.#shown = this.#recording.entries.filter(
      ({ kind, title, detail }) =>
        (this.#kind === "all" || kind === this.#kind || kind === "gap") &&
        (!this.#text || `${title}\n${detail}`.toLowerCase().includes(this.#text)),
    );
    this.#current = -1;
    byId("nothing").hidden = this.#shown.length > 0;
    this.#list.show({ count: this.#shown.length, at: (index) => this.#shown[index] });
  }

  /** Marks the last entry at a time, and scrolls to it. @param {number} moment in milliseconds since the epoch */
  set at(moment) {
    const current = Recording.indexAt(this.#shown, moment);
    if (current === this.#current) return;
    this.#current = current;
    if (Date.now() - this.#usedAt > FOLLOWS_AFTER_MS) this.#list.reveal(Math.max(0, current));
    this.#list.render();
  }

  /** @param {number} index */
  isCurrent(index) {
    return index === this.#current;
  }

  /** @param {Entry} entry */
  timeOf(entry) {
    return formatTime(entry.at - (this.#recording.start ?? 0));
  }

  get count() {
    return this.#shown.length;
  }
}

class EntryRow {
  #entries;
  /** @type {Entry | undefined} */
  #entry;
  #time = h("span", { class: "when" });
  #title = h("bdi", { class: "what", dir: "auto" });
  #detail = h("bdi", { class: "faint", dir: "auto" });

  /** @param {Entries} entries */
  constructor(entries) {
    this.#entries = entries;
    this.button = h(
      "button",
      { type: "button", class: "entry", onclick: () => this.#entry && entries.emit("go", this.#entry) },
      this.#time,
      h("span", { class: "said" }, this.#title, this.#detail),
    );
    this.element = h("div", { class: "entry-place", role: "listitem" }, this.button);
  }

  /**
   * @param {Entry | undefined} entry
   * @param {number} index
   */
  show(entry, index) {
    this.element.setAttribute("aria-posinset", String(index + 1));
    this.element.setAttribute("aria-setsize", String(this.#entries.count));
    this.button.toggleAttribute("aria-current", this.#entries.isCurrent(index));
    if (entry === this.#entry || !entry) return;
    this.#entry = entry;
    this.button.className = `entry ${entry.kind} ${entry.level ?? ""}`;
    setText(this.#time, this.#entries.timeOf(entry));
    setText(this.#title, visible(entry.title) || "(empty)");
    setText(this.#detail, visible(entry.detail));
    this.button.title = `${entry.title}\n${entry.detail}`.slice(0, TITLE_CHARS_MAX);
  }
}
