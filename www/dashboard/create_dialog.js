// The dialog that starts a session.

/** @import { InvalidValue, Tidewatch } from "tidewatch" */
/** @import { Field, Switch } from "./create_form.js" */
/** @import { Failure } from "../page/failure.js" */
/** @import { Navigation } from "./navigation.js" */

import { byId, find } from "../page/by_id.js";
import { h } from "../page/element.js";
import { failureOf, messageOf } from "../page/failure.js";
import { shortId } from "../page/format.js";
import { FIELDS, fieldOf, formatDetail, readForm, SIZE_FIELDS, SWITCHES } from "./create_form.js";
import { fillDialog } from "./dialog.js";
import { notice } from "./notices.js";

export class CreateDialog {
  #client;
  #navigation;
  #dialog = byId("create", HTMLDialogElement);
  /** @type {AbortController | null} ends the create that is in progress */
  #create = null;

  /** @param {{client: Tidewatch, navigation: Navigation}} parts */
  constructor({ client, navigation }) {
    this.#client = client;
    this.#navigation = navigation;
    byId("create-open").addEventListener("click", () => this.#open());
    this.#dialog.addEventListener("close", () => this.#create?.abort());
  }

  #open() {
    const form = h(
      "form",
      { class: "form", novalidate: true },
      ...FIELDS.map(fieldElement),
      h("div", { class: "pair" }, ...SIZE_FIELDS.map(fieldElement)),
      h("fieldset", {}, h("legend", { class: "unseen" }, "Viewing"), ...SWITCHES.map(switchElement)),
      h("p", { class: "trouble", role: "alert", hidden: true }),
      h(
        "footer",
        { class: "dialog-foot" },
        h("button", { type: "button", onclick: () => this.#dialog.close() }, "Cancel"),
        h("button", { type: "submit", class: "primary" }, "Start session"),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(form);
    });
    fillDialog(this.#dialog, "New session", form);
    this.#dialog.showModal();
    find(form, "[name=owner]").focus();
  }

  /** @param {HTMLFormElement} form */
  async #submit(form) {
    if (this.#create) return;
    const { options, errors } = readForm(Object.fromEntries(new FormData(form)));
    showErrors(form, errors);
    if (errors.length > 0) return;
    const create = new AbortController();
    this.#create = create;
    const button = find(form, ".primary");
    button.setAttribute("aria-disabled", "true");
    button.textContent = "Starting …";
    try {
      const { id } = await this.#client.sessions.create(options, { signal: create.signal });
      this.#dialog.close();
      notice(`${shortId(id)} started.`);
      this.#navigation.go({ session: id });
    } catch (error) {
      const failure = failureOf(error);
      if (failure.code !== "aborted") showErrors(form, failure.errors ?? [], failure);
    } finally {
      this.#create = null;
      button.removeAttribute("aria-disabled");
      button.textContent = "Start session";
    }
  }
}

/**
 * Shows each error at its field, and the others below the form.
 *
 * @param {HTMLFormElement} form
 * @param {readonly InvalidValue[]} errors
 * @param {Failure} [failure]
 */
function showErrors(form, errors, failure) {
  for (const line of form.querySelectorAll(".field-trouble")) line.toggleAttribute("hidden", true);
  for (const input of form.elements) input.removeAttribute("aria-invalid");
  const rest = [];
  for (const { pointer, detail } of errors) {
    const name = fieldOf(pointer);
    if (name) showFieldError(form, name, detail);
    else rest.push(`${pointer} ${detail}`);
  }
  if (failure && errors.length === 0) rest.push(describe(failure));
  const line = find(form, ".trouble[role=alert]");
  line.hidden = rest.length === 0;
  line.textContent = rest.join(" ");
  const invalid = form.querySelector("[aria-invalid]");
  if (invalid instanceof HTMLElement) invalid.focus();
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} detail
 */
function showFieldError(form, name, detail) {
  find(form, `[name=${name}]`).setAttribute("aria-invalid", "true");
  const line = byId(`create-${name}-trouble`);
  const text = formatDetail(detail);
  line.textContent = line.hidden ? text : `${line.textContent}; ${text}`;
  line.hidden = false;
}

/** @param {Failure} failure */
function describe(failure) {
  const { code, holders = [] } = failure;
  if (code !== "limit_reached" || holders.length === 0) return messageOf(failure);
  const names = holders.map(({ id, owner }) => owner ?? shortId(id));
  return `Session limit reached. In use by: ${names.join(", ")}.`;
}

/** @param {Field} field */
function fieldElement(field) {
  const { name, label, unit, hint } = field;
  const id = `create-${name}`;
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label, unit && h("span", { class: "faint" }, ` (${unit})`)),
    inputElement(id, field),
    hint && h("p", { id: `${id}-hint`, class: "hint" }, hint),
    h("p", { id: `${id}-trouble`, class: "trouble field-trouble", hidden: true }),
  );
}

/**
 * @param {string} id
 * @param {Field} field
 */
function inputElement(id, { name, hint, rows, choices, example, value, attributes }) {
  const own = {
    id,
    name,
    placeholder: example,
    "aria-describedby": `${id}-trouble${hint ? ` ${id}-hint` : ""}`,
    autocomplete: "off",
  };
  if (choices)
    return h("select", own, ...Object.entries(choices).map(([key, text]) => h("option", { value: key }, text)));
  if (rows) return h("textarea", { ...own, rows, spellcheck: "false" });
  return h("input", { ...own, value, ...attributes });
}

/** @param {Switch} field */
function switchElement({ name, label, on }) {
  const id = `create-${name}`;
  return h(
    "div",
    { class: "switch" },
    h("input", { id, name, type: "checkbox", checked: on, "aria-describedby": `${id}-trouble` }),
    h("label", { for: id }, label),
    h("p", { id: `${id}-trouble`, class: "trouble field-trouble", hidden: true }),
  );
}
