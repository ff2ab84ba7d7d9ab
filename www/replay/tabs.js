// The browser's tabs, above what they showed.

/** @import { Recording, Tab } from "./recording.js" */

import { byId } from "../page/by_id.js";
import { foreign, h } from "../page/element.js";
import { Emitter } from "../page/emitter.js";

/** @typedef {{tab: Tab, page: {url: string, title: string}, isOpen: boolean}} ShownTab */

/**
 * Emits `choose` with the tab that a person chose.
 *
 * @extends {Emitter<{choose: Tab}>}
 */
export class Tabs extends Emitter {
  #recording;
  #rendered = "";

  /** @param {Recording} recording */
  constructor(recording) {
    super();
    this.#recording = recording;
    byId("tabs").addEventListener("keydown", (event) => this.#move(event));
  }

  /**
   * Shows the tabs as they are at a time. Tabs that are not open then are faint.
   *
   * @param {Tab | null} chosen
   * @param {number} at in milliseconds since the epoch
   */
  render(chosen, at) {
    const tabs = this.#recording.tabs.map((tab) => ({
      tab,
      page: this.#recording.pageOf(tab.id, Math.max(at, tab.from)),
      isOpen: at >= tab.from && (tab.closedAt === null || at < tab.closedAt),
    }));
    const next = JSON.stringify(tabs.map(({ tab: { id }, page, isOpen }) => [id, page, isOpen, id === chosen?.id]));
    if (next === this.#rendered) return;
    this.#rendered = next;
    const hadFocus = byId("tabs").contains(document.activeElement);
    const buttons = tabs.map((shown) => this.#button(shown, shown.tab === chosen));
    byId("tabs").replaceChildren(...buttons);
    if (hadFocus) buttons.find((button) => button.getAttribute("aria-selected") === "true")?.focus();
    const { url } = chosen ? this.#recording.pageOf(chosen.id, at) : { url: "" };
    byId("address").replaceChildren(foreign(url || "about:blank"));
  }

  /**
   * @param {ShownTab} shown
   * @param {boolean} isChosen
   */
  #button({ tab, page, isOpen }, isChosen) {
    return h(
      "button",
      {
        type: "button",
        role: "tab",
        class: isOpen ? "tab" : "tab faint",
        tabindex: isChosen ? "0" : "-1",
        "aria-selected": String(isChosen),
        "aria-controls": "stage",
        onclick: () => this.emit("choose", tab),
      },
      foreign(page.title || page.url || `Tab ${tab.number}`),
    );
  }

  /** @param {KeyboardEvent} event */
  #move({ key, target }) {
    if (!(target instanceof Element)) return;
    const next =
      key === "ArrowRight"
        ? target.nextElementSibling
        : key === "ArrowLeft"
          ? target.previousElementSibling
          : undefined;
    if (!(next instanceof HTMLElement)) return;
    next.focus();
    next.click();
  }
}
