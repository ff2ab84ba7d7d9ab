// The dialog that starts a session.

import { FIELDS, fieldOf, readForm, SWITCHES, troubleInWords } from "./create_form.js";
import { fillDialog } from "./dialog.js";
import { h } from "./element.js";
import { notice } from "./notices.js";
import { shortId } from "./words.js";

const element = (id) => document.getElementById(id);

export class CreateDialog {
  #client;
  #navigation;
  #dialog = element("create");
  #form;
  #begun = null;

  constructor({ client, navigation }) {
    this.#client = client;
    this.#navigation = navigation;
    element("create-open").addEventListener("click", () => this.#open());
    this.#dialog.addEventListener("close", () => this.#begun?.abort());
  }

  #open() {
    const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
    const fields = FIELDS.map(field);
    const pair = fields.splice(-2);
    this.#form = h(
      "form",
      { class: "form", novalidate: true, onsubmit: (event) => this.#submit(event) },
      ...fields,
      h("div", { class: "pair" }, ...pair),
      h("fieldset", {}, h("legend", { class: "unseen" }, "Viewing"), ...SWITCHES.map(switchField)),
      trouble,
      h(
        "footer",
        { class: "dialog-foot" },
        h("button", { type: "button", onclick: () => this.#dialog.close() }, "Cancel"),
        h("button", { class: "primary" }, "Start session"),
      ),
    );
    fillDialog(this.#dialog, "New session", this.#form);
    this.#dialog.showModal();
    this.#form.elements.owner.focus();
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#begun) return;
    const values = Object.fromEntries(new FormData(this.#form));
    const { options, errors } = readForm(values);
    this.#tell(errors);
    if (errors.length > 0) return;
    this.#begun = new AbortController();
    const button = this.#form.querySelector(".primary");
    button.setAttribute("aria-disabled", "true");
    button.textContent = "Starting …";
    try {
      const { id } = await this.#client.sessions.create(options, { signal: this.#begun.signal });
      this.#dialog.close();
      notice(`${shortId(id)} is live.`);
      this.#navigation.go({ session: id });
    } catch (error) {
      if (error.code !== "aborted") this.#tell(error.errors ?? [], error);
    } finally {
      this.#begun = null;
      button.removeAttribute("aria-disabled");
      button.textContent = "Start session";
    }
  }

  // What is wrong stands at its field, and the rest below.
  #tell(errors, error) {
    for (const line of this.#form.querySelectorAll(".field-trouble")) line.hidden = true;
    for (const input of this.#form.elements) input.removeAttribute("aria-invalid");
    const rest = [];
    for (const { pointer, detail } of errors) {
      const name = fieldOf(pointer);
      if (name) this.#tellAt(name, detail);
      else rest.push(`${pointer} ${detail}`);
    }
    if (error && errors.length === 0) rest.push(error.message, ...holdersOf(error));
    const line = this.#form.querySelector(".trouble");
    line.hidden = rest.length === 0;
    line.textContent = rest.join(" ");
    this.#form.querySelector("[aria-invalid]")?.focus();
  }

  #tellAt(name, detail) {
    this.#form.elements[name].setAttribute("aria-invalid", "true");
    const line = element(`create-${name}-trouble`);
    const told = troubleInWords(detail);
    line.textContent = line.hidden ? told : `${line.textContent}; ${told}`;
    line.hidden = false;
  }
}

function holdersOf({ holders = [] }) {
  if (holders.length === 0) return [];
  return [`The slots are held by ${holders.map(({ id, owner }) => owner ?? shortId(id)).join(", ")}.`];
}

function field({ name, label, unit, hint, rows, choices, example, value, pointer: _, pair: __, ...attributes }) {
  const id = `create-${name}`;
  const own = {
    id,
    name,
    placeholder: example,
    "aria-describedby": `${id}-trouble${hint ? ` ${id}-hint` : ""}`,
    autocomplete: "off",
  };
  const options = () => Object.entries(choices).map(([key, text]) => h("option", { value: key }, text));
  const input = choices
    ? h("select", own, ...options())
    : rows
      ? h("textarea", { ...own, rows, spellcheck: "false" })
      : h("input", { ...own, value, ...attributes });
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label, unit && h("span", { class: "faint" }, ` in ${unit}`)),
    input,
    hint && h("p", { id: `${id}-hint`, class: "hint" }, hint),
    h("p", { id: `${id}-trouble`, class: "trouble field-trouble", hidden: true }),
  );
}

function switchField({ name, label, on }) {
  const id = `create-${name}`;
  return h(
    "div",
    { class: "switch" },
    h("input", { id, name, type: "checkbox", checked: on, "aria-describedby": `${id}-trouble` }),
    h("label", { for: id }, label),
    h("p", { id: `${id}-trouble`, class: "trouble field-trouble", hidden: true }),
  );
}
