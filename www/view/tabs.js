// The browser's tabs, and which of them is shown.

import { onceAFrame } from "../once_a_frame.js";

const SHOWN_MAX = 100;
const TITLE_CHARS_MAX = 200;

export class Tabs {
  #list;
  #pinned;
  #choose;
  #tabs = new Map();
  #shown;
  // A page may change its title thousands of times a second; nobody reads more than the screen shows.
  #render = onceAFrame(() => this.#fill());

  /**
   * @param {HTMLElement} list
   * @param {string | null} pinned the one tab that the link is for
   * @param {(id: string) => void} choose somebody wants to see a tab
   */
  constructor(list, pinned, choose) {
    this.#list = list;
    this.#pinned = pinned;
    this.#choose = choose;
    list.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** Takes an event of the browser's; answers what it changed: the tab and how, or nothing. */
  take({ method, params }) {
    switch (method) {
      case "Target.targetCreated":
      case "Target.targetInfoChanged":
        return this.#set(params.targetInfo);
      case "Target.targetDestroyed":
        return this.#remove(params.targetId);
    }
    return undefined;
  }

  /** Takes what the browser says of a tab that is known. */
  refresh(targetInfo) {
    if (this.#tabs.has(targetInfo.targetId)) this.#set(targetInfo);
  }

  /** Nothing is known any more. */
  forget() {
    this.#tabs.clear();
    this.#render();
  }

  get(id) {
    return this.#tabs.get(id);
  }

  /** Ids, the newest first. */
  get ids() {
    return [...this.#tabs.keys()].reverse();
  }

  show(id) {
    this.#shown = id;
    this.#render();
  }

  #set({ targetId, type, title, url, openerId }) {
    if (type !== "page" || (this.#pinned && targetId !== this.#pinned)) return undefined;
    const change = this.#tabs.has(targetId) ? "changed" : "opened";
    this.#tabs.set(targetId, { id: targetId, title, url, openerId });
    this.#render();
    return { change, id: targetId };
  }

  #remove(id) {
    if (!this.#tabs.has(id)) return undefined;
    const { openerId } = this.#tabs.get(id);
    this.#tabs.delete(id);
    this.#render();
    return { change: "closed", id, openerId };
  }

  #fill() {
    const hadFocus = this.#list.contains(document.activeElement);
    const tabs = [...this.#tabs.values()].slice(-SHOWN_MAX);
    while (this.#list.children.length > tabs.length) this.#list.lastElementChild.remove();
    while (this.#list.children.length < tabs.length) this.#list.append(this.#button());
    tabs.forEach((tab, place) => {
      const button = this.#list.children[place];
      const isShown = tab.id === this.#shown;
      button.dataset.tab = tab.id;
      button.setAttribute("aria-selected", String(isShown));
      button.tabIndex = isShown ? 0 : -1;
      button.firstElementChild.textContent = nameOf(tab);
      button.title = `${nameOf(tab)}\n${cut(tab.url)}`;
      if (isShown && hadFocus) button.focus();
    });
  }

  #button() {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "tab");
    button.setAttribute("aria-controls", "stage");
    // What a page writes must not turn around what stands beside it.
    button.append(document.createElement("bdi"));
    button.addEventListener("click", () => this.#choose(button.dataset.tab));
    return button;
  }

  #walk(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const buttons = [...this.#list.children];
    const next = buttons[buttons.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    this.#choose(next.dataset.tab);
  }
}

const cut = (text) => String(text).slice(0, TITLE_CHARS_MAX);

/** What a tab is called: by its page, or by where it is. */
export const nameOf = ({ title, url }) => cut(title) || cut(url) || "blank page";
