// Whether this viewer controls the browser: its input then goes to the page.

/** @import { Connection } from "./connection.js" */
/** @import { ShownTab } from "./shown_tab.js" */

import { CommandFailed } from "./connection.js";

// How the service refuses a command of a view-only link.
const VIEW_ONLY = /only look|view-only/;

/** @typedef {{setControl: (hasControl: boolean) => void}} Part something that takes input only with control */

export class Control {
  #connection;
  #shownTab;
  /** @type {Part[]} */
  #parts = [];
  #mayInteract;
  #hasControl = false;
  #onChange;

  /**
   * @param {object} options
   * @param {Connection} options.connection
   * @param {ShownTab} options.shownTab
   * @param {boolean} options.mayInteract whether the link allows control, as far as it is known
   * @param {() => void} options.onChange
   */
  constructor({ connection, shownTab, mayInteract, onChange }) {
    this.#connection = connection;
    this.#shownTab = shownTab;
    this.#mayInteract = mayInteract;
    this.#onChange = onChange;
  }

  get mayInteract() {
    return this.#mayInteract;
  }

  get hasControl() {
    return this.#hasControl;
  }

  /** @param {...Part} parts told about control from now on */
  add(...parts) {
    this.#parts.push(...parts);
  }

  take() {
    this.#set(true);
  }

  release() {
    this.#set(false);
  }

  toggle() {
    this.#set(!this.#hasControl);
  }

  /** This viewer may never control the browser. */
  forbid() {
    this.#mayInteract = false;
    this.release();
  }

  /**
   * Asks the shown tab to report its dialogs. A view-only viewer does not ask: the browser keeps a dialog open for each
   * viewer that has asked.
   */
  async requestDialogs() {
    if (!this.#mayInteract) return;
    try {
      await this.#connection.send("Page.enable", {}, this.#shownTab.session);
    } catch (error) {
      if (error instanceof CommandFailed && VIEW_ONLY.test(error.message)) this.forbid();
    }
  }

  /** @param {boolean} isWanted */
  #set(isWanted) {
    this.#hasControl = isWanted && this.#mayInteract && this.#shownTab.session !== undefined;
    document.body.classList.toggle("is-driving", this.#hasControl);
    for (const part of this.#parts) part.setControl(this.#hasControl);
    if (this.#hasControl) this.#shownTab.activate();
    this.#onChange();
  }
}
