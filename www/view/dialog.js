// A dialog of the page: `alert`, `confirm`, `prompt`, or the question whether to leave.

/** @import { Protocol } from "./cdp.js" */

import { byId } from "../page/by_id.js";

const TEXT_CHARS_MAX = 5_000;
/** @type {Record<Protocol.Page.DialogType, string>} */
const TITLES = {
  alert: "The page says",
  confirm: "The page asks",
  prompt: "The page asks for input",
  beforeunload: "Leave this page?",
};

export class Dialog {
  #box = byId("dialog");
  #answer = byId("dialog-answer", HTMLInputElement);
  #accept = byId("dialog-accept", HTMLButtonElement);
  #cancel = byId("dialog-cancel", HTMLButtonElement);
  #hasControl = false;
  #isOpen = false;

  /** @param {(accept: boolean, promptText?: string) => void} answer */
  constructor(answer) {
    this.#accept.addEventListener("click", () => answer(true, this.#answer.hidden ? undefined : this.#answer.value));
    this.#cancel.addEventListener("click", () => answer(false));
    this.#answer.addEventListener("keydown", ({ key }) => key === "Enter" && this.#accept.click());
  }

  /** @param {Protocol.Page.JavascriptDialogOpeningEvent} dialog */
  open({ type, message, defaultPrompt = "" }) {
    this.#isOpen = true;
    byId("dialog-title").textContent = TITLES[type] ?? TITLES.alert;
    byId("dialog-text").textContent = String(message).slice(0, TEXT_CHARS_MAX);
    this.#answer.hidden = type !== "prompt";
    this.#answer.value = defaultPrompt;
    this.#cancel.hidden = type === "alert";
    this.#box.hidden = false;
    this.#update();
  }

  close() {
    this.#isOpen = false;
    this.#box.hidden = true;
  }

  /** @param {boolean} hasControl whether this viewer may answer */
  setControl(hasControl) {
    this.#hasControl = hasControl;
    this.#update();
  }

  #update() {
    byId("dialog-hint").hidden = this.#hasControl;
    for (const part of [this.#answer, this.#accept, this.#cancel]) part.disabled = !this.#hasControl;
    if (this.#isOpen && this.#hasControl) (this.#answer.hidden ? this.#accept : this.#answer).focus();
  }
}
