// Address, back, forward, reload, and tabs opened and closed.

import { readAddress } from "./address.js";

const TOOLS = ["back", "forward", "reload", "new-tab", "close-tab"];

export class Bar {
  #byId;
  #address;
  #ask;
  #told;

  /**
   * @param {(id: string) => HTMLElement} byId
   * @param {(method: string, params?: object) => Promise<object>} ask a command to the shown tab
   * @param {{newTab: () => void, closeTab: () => void, refused: (why: string) => void, done: () => void}} told
   */
  constructor(byId, ask, told) {
    this.#byId = byId;
    this.#address = byId("address");
    this.#ask = ask;
    this.#told = told;
    byId("bar").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go();
    });
    byId("back").addEventListener("click", () => this.#walk(-1));
    byId("forward").addEventListener("click", () => this.#walk(1));
    byId("reload").addEventListener("click", () => this.#try(() => this.#ask("Page.reload")));
    byId("new-tab").addEventListener("click", told.newTab);
    byId("close-tab").addEventListener("click", told.closeTab);
    this.#address.addEventListener("focus", () => this.#address.readOnly || this.#address.select());
    this.#address.addEventListener("blur", () => this.show(this.#address.dataset.url ?? ""));
  }

  show(url) {
    this.#address.dataset.url = url;
    const isBeingWritten = document.activeElement === this.#address && !this.#address.readOnly;
    if (!isBeingWritten) this.#address.value = url;
  }

  focus() {
    this.#address.focus();
  }

  /** Who may not use the browser sees no tools; who does not drive can't use them. */
  turn({ mayInteract, isDriving, isPinned }) {
    for (const tool of TOOLS) {
      const button = this.#byId(tool);
      button.hidden = !mayInteract || (tool === "new-tab" && isPinned);
      button.disabled = !isDriving;
    }
    this.#address.readOnly = !isDriving;
  }

  #go() {
    if (this.#address.readOnly) return;
    const url = readAddress(this.#address.value);
    if (!url) return this.#told.refused("An address begins with http:// or https://.");
    this.#address.dataset.url = url;
    this.#told.done();
    this.#try(async () => {
      const { errorText } = await this.#ask("Page.navigate", { url });
      if (errorText && errorText !== "net::ERR_ABORTED") this.#told.refused(errorText);
    });
  }

  #walk(step) {
    this.#try(async () => {
      const { currentIndex, entries } = await this.#ask("Page.getNavigationHistory");
      const entry = entries[currentIndex + step];
      if (entry) await this.#ask("Page.navigateToHistoryEntry", { entryId: entry.id });
    });
  }

  async #try(work) {
    try {
      await work();
    } catch (error) {
      this.#told.refused(error.message);
    }
  }
}
