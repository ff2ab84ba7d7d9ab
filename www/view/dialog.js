// A dialog of the page's: `alert`, `confirm`, `prompt`, and the question whether to leave.

const TEXT_CHARS_MAX = 5_000;
const TITLES = {
  alert: "The page says",
  confirm: "The page asks",
  prompt: "The page asks for a text",
  beforeunload: "Leave this page?",
};

export class Dialog {
  #parts;
  #isDriving = false;
  #isOpen = false;

  /** @param {(accept: boolean, promptText?: string) => void} answer */
  constructor(parts, answer) {
    this.#parts = parts;
    parts.accept.addEventListener("click", () => answer(true, parts.answer.hidden ? undefined : parts.answer.value));
    parts.cancel.addEventListener("click", () => answer(false));
    parts.answer.addEventListener("keydown", ({ key }) => key === "Enter" && parts.accept.click());
  }

  open({ type, message, defaultPrompt = "" }) {
    const { box, title, text, answer, cancel } = this.#parts;
    this.#isOpen = true;
    title.textContent = TITLES[type] ?? TITLES.alert;
    text.textContent = String(message).slice(0, TEXT_CHARS_MAX);
    answer.hidden = type !== "prompt";
    answer.value = defaultPrompt;
    cancel.hidden = type === "alert";
    box.hidden = false;
    this.#tell();
  }

  close() {
    this.#isOpen = false;
    this.#parts.box.hidden = true;
  }

  turn(isDriving) {
    this.#isDriving = isDriving;
    this.#tell();
  }

  #tell() {
    const { hint, answer, accept, cancel } = this.#parts;
    hint.hidden = this.#isDriving;
    for (const part of [answer, accept, cancel]) part.disabled = !this.#isDriving;
    if (this.#isOpen && this.#isDriving) (answer.hidden ? accept : answer).focus();
  }
}
