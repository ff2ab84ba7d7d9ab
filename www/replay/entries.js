// The list beside the player: what happened, and when. A press goes there.

import { h, setText, visible } from "../dashboard/element.js";
import { Windowed } from "../dashboard/windowed.js";
import { Recording } from "./recording.js";
import { timeInWords } from "./time.js";

const KINDS = { all: "All", page: "Pages", console: "Console", network: "Network" };
// While a person looks around in the list, it does not follow the time.
const FOLLOWS_AFTER_MS = 4000;

const element = (id) => document.getElementById(id);

/** Tells `go` with an entry as `detail`. */
export class Entries extends EventTarget {
  #recording;
  #list;
  #shown = [];
  #kind = "all";
  #text = "";
  #current = -1;
  #touchedAt = 0;

  constructor(recording) {
    super();
    this.#recording = recording;
    const scroller = element("scroller");
    this.#list = new Windowed(element("entries"), { scroller, make: () => new EntryRow(this) });
    for (const type of ["wheel", "pointerdown", "keydown"])
      scroller.addEventListener(type, () => (this.#touchedAt = Date.now()), { passive: true });
    element("find").addEventListener("input", ({ target }) => {
      this.#text = target.value.trim().toLowerCase();
      this.refresh();
    });
    element("kinds").append(
      ...Object.entries(KINDS).map(([kind, name]) =>
        h(
          "button",
          {
            type: "button",
            "aria-pressed": String(kind === "all"),
            onclick: (event) => this.#choose(kind, event.currentTarget),
          },
          name,
        ),
      ),
    );
  }

  #choose(kind, button) {
    this.#kind = kind;
    for (const other of element("kinds").children) other.setAttribute("aria-pressed", String(other === button));
    this.refresh();
  }

  /** Shows what is known by now. */
  refresh() {
    const isShown = ({ kind, title, detail }) =>
      (this.#kind === "all" || kind === this.#kind || kind === "gap") &&
      (!this.#text || `${title}\n${detail}`.toLowerCase().includes(this.#text));
    this.#shown = this.#recording.entries.filter(isShown);
    this.#current = -1;
    element("nothing").hidden = this.#shown.length > 0;
    this.#list.show({ count: this.#shown.length, at: (index) => this.#shown[index] });
  }

  /** Marks what was last at a time, and brings it to sight. */
  set at(moment) {
    const current = Recording.indexAt(this.#shown, moment);
    if (current === this.#current) return;
    this.#current = current;
    if (Date.now() - this.#touchedAt > FOLLOWS_AFTER_MS) this.#list.reveal(Math.max(0, current));
    this.#list.draw();
  }

  isCurrent(index) {
    return index === this.#current;
  }

  timeOf(entry) {
    return timeInWords(entry.at - this.#recording.start);
  }

  go(entry) {
    this.dispatchEvent(new CustomEvent("go", { detail: entry }));
  }

  get count() {
    return this.#shown.length;
  }
}

class EntryRow {
  #entries;
  #entry = null;
  #time = h("span", { class: "when" });
  #title = h("bdi", { class: "what", dir: "auto" });
  #detail = h("bdi", { class: "faint", dir: "auto" });

  constructor(entries) {
    this.#entries = entries;
    this.button = h(
      "button",
      { type: "button", class: "entry", onclick: () => entries.go(this.#entry) },
      this.#time,
      h("span", { class: "said" }, this.#title, this.#detail),
    );
    this.element = h("div", { class: "entry-place", role: "listitem" }, this.button);
  }

  show(entry, index) {
    this.element.setAttribute("aria-posinset", index + 1);
    this.element.setAttribute("aria-setsize", this.#entries.count);
    this.button.toggleAttribute("aria-current", this.#entries.isCurrent(index));
    if (entry === this.#entry) return;
    this.#entry = entry;
    this.button.className = `entry ${entry.kind} ${entry.level ?? ""}`;
    setText(this.#time, this.#entries.timeOf(entry));
    setText(this.#title, visible(entry.title) || "(nothing)");
    setText(this.#detail, visible(entry.detail));
    this.button.title = `${entry.title}\n${entry.detail}`.slice(0, 1000);
  }
}
