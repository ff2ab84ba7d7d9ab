// Sends keys, text and compositions to the page. An invisible field receives them.

/** @import { Input } from "./cdp.js" */

import { isForTheViewer, keyDown, keyUp, releasesControl } from "./keys.js";

// The service accepts messages of 1 MiB. This leaves room for the command around the text.
const TEXT_BYTES_MAX = 1_000_000;
// Something to delete: a phone's keyboard reports no Backspace in an empty field.
const FILLER = " ";
const BACKSPACE = { key: "Backspace", code: "Backspace", windowsVirtualKeyCode: 8 };
const ENTER = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" };

/**
 * @typedef {object} Handlers
 * @property {() => void} released the person pressed the key that releases control
 * @property {(why: string) => void} refused the text was not sent
 */

export class Keyboard {
  #sink;
  #input;
  #hasControl = false;
  /** @type {Map<string, KeyboardEvent>} the keys that are down, by their codes */
  #down = new Map();
  #handlers;

  /**
   * @param {HTMLTextAreaElement} sink
   * @param {Input} input
   * @param {Handlers} handlers
   */
  constructor(sink, input, handlers) {
    this.#sink = sink;
    this.#input = input;
    this.#handlers = handlers;
    sink.addEventListener("keydown", (event) => this.#pressed(event));
    sink.addEventListener("keyup", (event) => this.#released(event));
    sink.addEventListener("blur", () => this.#releaseAll());
    sink.addEventListener("paste", (event) => this.#pasted(event));
    sink.addEventListener("input", (event) => event instanceof InputEvent && this.#typed(event));
    sink.addEventListener("compositionupdate", ({ data }) => this.#composing(data));
    sink.addEventListener("compositionend", ({ data }) => this.#composed(data));
  }

  /** @param {boolean} hasControl */
  setControl(hasControl) {
    if (!hasControl) this.#releaseAll();
    this.#hasControl = hasControl;
    if (hasControl) this.focus();
    else this.#sink.blur();
  }

  focus() {
    if (!this.#hasControl) return;
    this.#sink.focus({ preventScroll: true });
    this.#reset();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (!this.#hasControl) return;
    if (releasesControl(event)) {
      event.preventDefault();
      return this.#handlers.released();
    }
    if (isForTheViewer(event)) return;
    event.preventDefault();
    this.#down.set(event.code, event);
    this.#input("Input.dispatchKeyEvent", keyDown(event));
  }

  /** @param {KeyboardEvent} event */
  #released(event) {
    if (!this.#hasControl || !this.#down.delete(event.code)) return;
    event.preventDefault();
    this.#input("Input.dispatchKeyEvent", keyUp(event));
  }

  // Without the focus the field does not learn that a key was released.
  #releaseAll() {
    for (const event of this.#down.values()) this.#input("Input.dispatchKeyEvent", keyUp(event));
    this.#down.clear();
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    if (!this.#hasControl) return;
    event.preventDefault();
    this.#insert(event.clipboardData?.getData("text/plain") ?? "");
  }

  /** @param {InputEvent} event */
  #typed({ isComposing, inputType, data }) {
    if (!this.#hasControl || isComposing) return;
    if (inputType === "deleteContentBackward") {
      this.#input("Input.dispatchKeyEvent", { type: "rawKeyDown", ...BACKSPACE });
      this.#input("Input.dispatchKeyEvent", { type: "keyUp", ...BACKSPACE });
    } else if (inputType === "insertLineBreak") {
      this.#input("Input.dispatchKeyEvent", { type: "keyDown", ...ENTER });
    } else if (data && inputType !== "insertFromComposition" && inputType !== "insertCompositionText") {
      this.#insert(data);
    }
    this.#reset();
  }

  /** @param {string} text */
  #composing(text) {
    if (!this.#hasControl) return;
    this.#input("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  }

  /** @param {string} text */
  #composed(text) {
    if (!this.#hasControl) return;
    if (text) this.#insert(text);
    else this.#composing("");
    this.#reset();
  }

  /** @param {string} text */
  #insert(text) {
    if (text === "") return;
    if (new TextEncoder().encode(JSON.stringify(text)).length > TEXT_BYTES_MAX) {
      return this.#handlers.refused("The text is too long. The limit is 1 MB.");
    }
    this.#input("Input.insertText", { text });
  }

  #reset() {
    this.#sink.value = FILLER;
    this.#sink.setSelectionRange(1, 1);
  }
}
