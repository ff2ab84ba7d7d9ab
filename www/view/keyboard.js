// Keys, texts and compositions of the viewer, as the page's own. A field that nobody sees takes them.

import { isForTheViewer, keyDown, keyUp, leaves } from "./keys.js";

// The service takes a message of 1 MiB, of which this leaves some for the command around the text.
const TEXT_BYTES_MAX = 1_000_000;
// Something to delete: without it a phone's keyboard tells of no Backspace.
const KEPT = " ";
const BACKSPACE = { key: "Backspace", code: "Backspace", windowsVirtualKeyCode: 8 };

export class Keyboard {
  #sink;
  #input;
  #isOn = false;
  #down = new Map();
  #told;

  /**
   * @param {HTMLTextAreaElement} sink
   * @param {(method: string, params: object) => void} input
   * @param {{left: () => void, refused: (why: string) => void}} told
   */
  constructor(sink, input, told) {
    this.#sink = sink;
    this.#input = input;
    this.#told = told;
    sink.addEventListener("keydown", (event) => this.#pressed(event));
    sink.addEventListener("keyup", (event) => this.#released(event));
    sink.addEventListener("blur", () => this.#releaseAll());
    sink.addEventListener("paste", (event) => this.#pasted(event));
    sink.addEventListener("input", (event) => this.#typed(event));
    sink.addEventListener("compositionupdate", ({ data }) => this.#composes(data));
    sink.addEventListener("compositionend", ({ data }) => this.#composed(data));
  }

  turn(isOn) {
    if (!isOn) this.#releaseAll();
    this.#isOn = isOn;
    if (isOn) this.focus();
    else this.#sink.blur();
  }

  focus() {
    if (!this.#isOn) return;
    this.#sink.focus({ preventScroll: true });
    this.#empty();
  }

  #pressed(event) {
    if (!this.#isOn) return;
    if (leaves(event)) {
      event.preventDefault();
      return this.#told.left();
    }
    if (isForTheViewer(event)) return;
    event.preventDefault();
    this.#down.set(event.code, event);
    this.#input("Input.dispatchKeyEvent", keyDown(event));
  }

  #released(event) {
    if (!this.#isOn || !this.#down.delete(event.code)) return;
    event.preventDefault();
    this.#input("Input.dispatchKeyEvent", keyUp(event));
  }

  // Whoever leaves with a key held down is not told of its release.
  #releaseAll() {
    for (const event of this.#down.values()) this.#input("Input.dispatchKeyEvent", keyUp(event));
    this.#down.clear();
  }

  #pasted(event) {
    if (!this.#isOn) return;
    event.preventDefault();
    this.#insert(event.clipboardData.getData("text/plain"));
  }

  #typed(event) {
    if (!this.#isOn || event.isComposing) return;
    if (event.inputType === "deleteContentBackward") {
      this.#input("Input.dispatchKeyEvent", { type: "rawKeyDown", ...BACKSPACE });
      this.#input("Input.dispatchKeyEvent", { type: "keyUp", ...BACKSPACE });
    } else if (event.inputType === "insertLineBreak") {
      this.#input("Input.dispatchKeyEvent", {
        type: "keyDown",
        key: "Enter",
        code: "Enter",
        windowsVirtualKeyCode: 13,
        text: "\r",
      });
    } else if (
      event.data &&
      event.inputType !== "insertFromComposition" &&
      event.inputType !== "insertCompositionText"
    ) {
      this.#insert(event.data);
    }
    this.#empty();
  }

  #composes(text) {
    if (!this.#isOn) return;
    this.#input("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  }

  #composed(text) {
    if (!this.#isOn) return;
    if (text) this.#insert(text);
    else this.#composes("");
    this.#empty();
  }

  #insert(text) {
    if (text === "") return;
    if (new TextEncoder().encode(JSON.stringify(text)).length > TEXT_BYTES_MAX) {
      return this.#told.refused("That is too long to be pasted: 1 MB is the most.");
    }
    this.#input("Input.insertText", { text });
  }

  #empty() {
    this.#sink.value = KEPT;
    this.#sink.setSelectionRange(1, 1);
  }
}
