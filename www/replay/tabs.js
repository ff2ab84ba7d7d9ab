// The browser's tabs, above what they showed.

import { foreign, h } from "../dashboard/element.js";

const element = (id) => document.getElementById(id);

/** Tells `choose` with a tab as `detail`. */
export class Tabs extends EventTarget {
  #recording;
  #drawn = "";

  constructor(recording) {
    super();
    this.#recording = recording;
    element("tabs").addEventListener("keydown", (event) => this.#move(event));
  }

  /** Shows the tabs as they are at a time; those that are not open then are faint. */
  draw(chosen, at) {
    const tabs = this.#recording.tabs;
    const state = tabs.map((tab) => [
      tab,
      this.#recording.pageOf(tab.id, Math.max(at, tab.from)),
      at >= tab.from && (tab.closedAt === null || at < tab.closedAt),
    ]);
    const drawn = JSON.stringify(state.map(([{ id }, page, isOpen]) => [id, page, isOpen, id === chosen?.id]));
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const hadFocus = element("tabs").contains(document.activeElement);
    element("tabs").replaceChildren(
      ...state.map(([tab, page, isOpen]) => this.#tab(tab, page, isOpen, tab === chosen)),
    );
    if (hadFocus) element("tabs").querySelector("[aria-selected=true]")?.focus();
    const { url } = chosen ? this.#recording.pageOf(chosen.id, at) : { url: "" };
    element("address").replaceChildren(foreign(url || "about:blank"));
  }

  #tab(tab, { title, url }, isOpen, isChosen) {
    const choose = () => this.dispatchEvent(new CustomEvent("choose", { detail: tab }));
    return h(
      "button",
      {
        type: "button",
        role: "tab",
        class: isOpen ? "tab" : "tab faint",
        tabindex: isChosen ? "0" : "-1",
        "aria-selected": String(isChosen),
        "aria-controls": "stage",
        onclick: choose,
      },
      foreign(title || url || `Tab ${tab.number}`),
    );
  }

  #move({ key, target }) {
    const next = { ArrowRight: target.nextElementSibling, ArrowLeft: target.previousElementSibling }[key];
    if (!next) return;
    next.focus();
    next.click();
  }
}
