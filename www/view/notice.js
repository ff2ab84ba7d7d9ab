// The notice over the picture. It shows one notice at a time: the most important one.

import { byId } from "../page/by_id.js";

/** @typedef {"over" | "lost" | "passing" | "hidden"} Kind */

/**
 * @typedef {object} Content
 * @property {string} title
 * @property {string} text empty for none
 * @property {{name: string, run: () => void}} [action] a button
 */

/** From the most to the least important. @type {readonly Kind[]} */
const KINDS = ["over", "lost", "passing", "hidden"];
const PASSES_AFTER_MS = 5_000;

export class Notice {
  #action = byId("notice-action");
  /** @type {Map<Kind, Content>} */
  #contents = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  constructor() {
    this.#action.addEventListener("click", () => this.#current()?.action?.run());
  }

  /**
   * Shows a notice until it is cleared.
   *
   * @param {Kind} kind
   * @param {Content} content
   */
  show(kind, content) {
    this.#contents.set(kind, content);
    this.#render();
  }

  /**
   * Shows a notice for a while.
   *
   * @param {string} title
   * @param {string} text
   */
  pass(title, text) {
    this.show("passing", { title, text });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.clear("passing"), PASSES_AFTER_MS);
  }

  /** @param {Kind} kind */
  clear(kind) {
    if (this.#contents.delete(kind)) this.#render();
  }

  #current() {
    return KINDS.map((kind) => this.#contents.get(kind)).find(Boolean);
  }

  #render() {
    const { title = "", text = "", action } = this.#current() ?? {};
    byId("notice").hidden = !title;
    byId("notice-title").textContent = title;
    byId("notice-text").textContent = text;
    byId("notice-text").hidden = !text;
    this.#action.hidden = !action;
    this.#action.textContent = action?.name ?? "";
  }
}
