// Address, back, forward, reload, and buttons for new and closed tabs.

/** @import { Ask } from "./cdp.js" */

import { byId } from "../page/by_id.js";
import { failureOf } from "../page/failure.js";
import { readAddress } from "./address.js";
import { describeNetError } from "./net_error.js";

const BUTTONS = ["back", "forward", "reload", "new-tab", "close-tab"];

/**
 * @typedef {object} Handlers
 * @property {() => void} newTab
 * @property {() => void} closeTab
 * @property {(why: string) => void} refused the address can't be opened
 * @property {() => void} done the address was entered
 */

export class NavigationBar {
  #address = byId("address", HTMLInputElement);
  #ask;
  #handlers;

  /**
   * @param {Ask} ask
   * @param {Handlers} handlers
   */
  constructor(ask, handlers) {
    this.#ask = ask;
    this.#handlers = handlers;
    byId("bar").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#navigate();
    });
    byId("back").addEventListener("click", () => this.#moveInHistory(-1));
    byId("forward").addEventListener("click", () => this.#moveInHistory(1));
    byId("reload").addEventListener("click", () => this.#try(() => this.#ask("Page.reload", {})));
    byId("new-tab").addEventListener("click", handlers.newTab);
    byId("close-tab").addEventListener("click", handlers.closeTab);
    this.#address.addEventListener("focus", () => this.#address.readOnly || this.#address.select());
    this.#address.addEventListener("blur", () => this.show(this.#address.dataset.url ?? ""));
  }

  /**
   * Shows the tab's address, unless a person is typing another one.
   *
   * @param {string} url
   */
  show(url) {
    this.#address.dataset.url = url;
    const isTyping = document.activeElement === this.#address && !this.#address.readOnly;
    if (!isTyping) this.#address.value = url;
  }

  focus() {
    this.#address.focus();
  }

  /**
   * Hides the buttons from a viewer that may never use the browser, and disables them without control.
   *
   * @param {{mayInteract: boolean, hasControl: boolean, isPinned: boolean}} state
   */
  update({ mayInteract, hasControl, isPinned }) {
    for (const id of BUTTONS) {
      const button = byId(id, HTMLButtonElement);
      button.hidden = !mayInteract || (id === "new-tab" && isPinned);
      button.disabled = !hasControl;
    }
    this.#address.readOnly = !hasControl;
  }

  #navigate() {
    if (this.#address.readOnly) return;
    const url = readAddress(this.#address.value);
    if (!url) return this.#handlers.refused("Addresses start with http:// or https://.");
    this.#address.dataset.url = url;
    this.#handlers.done();
    this.#try(async () => {
      const { errorText } = await this.#ask("Page.navigate", { url });
      if (errorText && errorText !== "net::ERR_ABORTED") this.#handlers.refused(describeNetError(errorText));
    });
  }

  /** @param {1 | -1} step */
  #moveInHistory(step) {
    this.#try(async () => {
      const { currentIndex, entries } = await this.#ask("Page.getNavigationHistory", {});
      const entry = entries[currentIndex + step];
      if (entry) await this.#ask("Page.navigateToHistoryEntry", { entryId: entry.id });
    });
  }

  /** @param {() => Promise<unknown>} work */
  async #try(work) {
    try {
      await work();
    } catch (error) {
      this.#handlers.refused(failureOf(error).message);
    }
  }
}
