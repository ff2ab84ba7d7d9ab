// What is said over the picture, one thing at a time: the most important of what there is to say.

const KINDS = ["over", "lost", "passing", "hidden"];
const PASSES_AFTER_MS = 5_000;

export class Notice {
  #box;
  #title;
  #text;
  #action;
  #said = new Map();
  #timer;

  /** @param {(id: string) => HTMLElement} byId */
  constructor(byId) {
    this.#box = byId("notice");
    this.#title = byId("notice-title");
    this.#text = byId("notice-text");
    this.#action = byId("notice-action");
    this.#action.addEventListener("click", () => this.#now()?.action?.[1]());
  }

  /** Says something until it is cleared. `action` is a button's name and what it does. */
  show(kind, title, text, action) {
    this.#said.set(kind, { title, text, action });
    this.#write();
  }

  /** Says something for a while. */
  pass(title, text) {
    this.show("passing", title, text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.clear("passing"), PASSES_AFTER_MS);
  }

  clear(kind) {
    if (this.#said.delete(kind)) this.#write();
  }

  #now() {
    return KINDS.map((kind) => this.#said.get(kind)).find(Boolean);
  }

  #write() {
    const { title = "", text = "", action } = this.#now() ?? {};
    this.#box.hidden = !title;
    this.#title.textContent = title;
    this.#text.textContent = text;
    this.#text.hidden = !text;
    this.#action.hidden = !action;
    this.#action.textContent = action?.[0] ?? "";
  }
}
