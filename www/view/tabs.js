// The browser's tabs, and which one is shown.

/** @import { CdpEvent, Protocol } from "./cdp.js" */

import { onceAFrame } from "../page/once_a_frame.js";

const SHOWN_MAX = 100;
const TITLE_CHARS_MAX = 200;

/** @typedef {{id: string, title: string, url: string, openerId: string | undefined}} Tab */
/** @typedef {{change: "opened" | "changed" | "closed", id: string, openerId: string | undefined}} TabChange */

export class Tabs {
  #list;
  #pinned;
  #choose;
  /** @type {Map<string, Tab>} in the order in which they were opened */
  #tabs = new Map();
  /** @type {string | undefined} */
  #shown;
  // A page may change its title thousands of times a second. One rendering a frame is enough.
  #renderSoon = onceAFrame(() => this.#render());

  /**
   * @param {HTMLElement} list
   * @param {string | null} pinned the one tab that the link is for; null for all
   * @param {(id: string) => void} choose called when a person chooses a tab
   */
  constructor(list, pinned, choose) {
    this.#list = list;
    this.#pinned = pinned;
    this.#choose = choose;
    list.addEventListener("keydown", (event) => this.#moveFocus(event));
  }

  /**
   * Takes an event of the browser.
   *
   * @param {CdpEvent} event
   * @returns {TabChange | undefined} what it changed, if anything
   */
  take({ method, params }) {
    switch (method) {
      case "Target.targetCreated":
      case "Target.targetInfoChanged":
        return this.#set(params.targetInfo);
      case "Target.targetDestroyed":
        return this.#remove(params.targetId);
      default:
        return undefined;
    }
  }

  /**
   * Updates a tab that is known.
   *
   * @param {Protocol.Target.TargetInfo} targetInfo
   */
  refresh(targetInfo) {
    if (this.#tabs.has(targetInfo.targetId)) this.#set(targetInfo);
  }

  /** Removes all tabs: the connection is new. */
  forget() {
    this.#tabs.clear();
    this.#renderSoon();
  }

  /** @param {string} id */
  get(id) {
    return this.#tabs.get(id);
  }

  /** The ids, the newest tab first. */
  get ids() {
    return [...this.#tabs.keys()].reverse();
  }

  /** @param {string} id */
  show(id) {
    this.#shown = id;
    this.#renderSoon();
  }

  /**
   * @param {Protocol.Target.TargetInfo} targetInfo
   * @returns {TabChange | undefined}
   */
  #set({ targetId, type, title, url, openerId }) {
    if (type !== "page" || (this.#pinned && targetId !== this.#pinned)) return undefined;
    const change = this.#tabs.has(targetId) ? "changed" : "opened";
    this.#tabs.set(targetId, { id: targetId, title, url, openerId });
    this.#renderSoon();
    return { change, id: targetId, openerId };
  }

  /**
   * @param {string} id
   * @returns {TabChange | undefined}
   */
  #remove(id) {
    const tab = this.#tabs.get(id);
    if (!tab) return undefined;
    this.#tabs.delete(id);
    this.#renderSoon();
    return { change: "closed", id, openerId: tab.openerId };
  }

  /** The buttons of the rendered tabs. */
  get #buttons() {
    return [...this.#list.querySelectorAll("button")];
  }

  #render() {
    const hadFocus = this.#list.contains(document.activeElement);
    const tabs = [...this.#tabs.values()].slice(-SHOWN_MAX);
    while (this.#list.children.length > tabs.length) this.#list.lastElementChild?.remove();
    while (this.#list.children.length < tabs.length) this.#list.append(this.#newButton());
    for (const [index, button] of this.#buttons.entries()) {
      const tab = tabs[index];
      if (!tab) continue;
      const isShown = tab.id === this.#shown;
      button.dataset.tab = tab.id;
      button.setAttribute("aria-selected", String(isShown));
      button.tabIndex = isShown ? 0 : -1;
      if (button.firstElementChild) button.firstElementChild.textContent = nameOf(tab);
      button.title = `${nameOf(tab)}\n${cut(tab.url)}`;
      if (isShown && hadFocus) button.focus();
    }
  }

  #newButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "tab");
    button.setAttribute("aria-controls", "stage");
    // A page's title must not change the direction of the text around it.
    button.append(document.createElement("bdi"));
    button.addEventListener("click", () => this.#choose(button.dataset.tab ?? ""));
    return button;
  }

  /** @param {KeyboardEvent} event */
  #moveFocus(event) {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const { activeElement } = document;
    if (!step || !(activeElement instanceof HTMLButtonElement)) return;
    const next = this.#buttons[this.#buttons.indexOf(activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    this.#choose(next.dataset.tab ?? "");
  }
}

const cut = (/** @type {string} */ text) => String(text).slice(0, TITLE_CHARS_MAX);

/**
 * A tab's name: its title or its address.
 *
 * @param {Pick<Tab, "title" | "url">} tab
 */
export const nameOf = ({ title, url }) => cut(title) || cut(url) || "blank page";
