// The dialog that releases all sessions of a filter, in three steps: choose, confirm the listed sessions, see the
// result.

/** @import { ReleaseAllFilter, ReleaseOutcome, Tidewatch } from "tidewatch" */
/** @import { Fleet } from "./fleet.js" */
/** @import { Navigation } from "./navigation.js" */

import { byId, find } from "../page/by_id.js";
import { foreign, h } from "../page/element.js";
import { failureOf, messageOf } from "../page/failure.js";
import { formatCount } from "../page/format.js";
import { serviceNow } from "./clock.js";
import { fillDialog } from "./dialog.js";
import { readQuery } from "./filter.js";

// Nobody reads a longer list.
const LISTED_MAX = 200;
const MINUTE_MS = 60_000;

/** @typedef {{owner: string, metadata: string, age: string}} Typed what the form's fields contain */
/** @typedef {{owner: string | null, metadata: Record<string, string>, createdBefore: Date}} Filter */

export class ReleaseDialog {
  #client;
  #fleet;
  #navigation;
  #dialog = byId("release", HTMLDialogElement);
  #calls = new AbortController();

  /** @param {{client: Tidewatch, fleet: Fleet, navigation: Navigation}} parts */
  constructor({ client, fleet, navigation }) {
    this.#client = client;
    this.#fleet = fleet;
    this.#navigation = navigation;
    byId("release-open").addEventListener("click", () => this.#open());
    this.#dialog.addEventListener("close", () => this.#calls.abort());
  }

  #open() {
    this.#calls = new AbortController();
    const { owner, metadata } = this.#navigation.place;
    this.#showForm({
      owner: owner ?? "",
      metadata: Object.entries(metadata)
        .map(([key, value]) => `${key}=${value}`)
        .join(" "),
      age: "",
    });
    this.#dialog.showModal();
    find(this.#dialog, "input").focus();
  }

  /**
   * Step 1: which sessions.
   *
   * @param {Typed} typed
   */
  #showForm({ owner, metadata, age }) {
    const form = h(
      "form",
      { class: "form", novalidate: true },
      h("p", {}, "Ends every matching session, including queued and starting ones. You'll see a list first."),
      field("owner", "Owner", { value: owner, placeholder: "any" }),
      field("metadata", "Metadata", { value: metadata, placeholder: "run=17 stage=test" }),
      field("age", "Older than (minutes)", { value: age, placeholder: "any age", type: "number", min: "0" }),
      h("p", { class: "trouble", role: "alert", hidden: true }),
      h(
        "footer",
        { class: "dialog-foot" },
        this.#closeButton("Cancel"),
        h("button", { type: "submit", class: "primary" }, "Preview"),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#preview(form);
    });
    fillDialog(this.#dialog, "Release all", form);
  }

  /** @param {HTMLFormElement} form */
  async #preview(form) {
    const typed = readForm(form);
    const { metadata, text, owner: strayOwner } = readQuery(typed.metadata);
    const minutes = Number(typed.age || 0);
    if (text || strayOwner) return showTrouble(form, "Metadata must be key=value pairs, separated by spaces.");
    if (!(minutes >= 0)) return showTrouble(form, "The age must be a number of minutes.");
    const filter = {
      owner: typed.owner.trim() || null,
      metadata: { ...metadata },
      // Sessions that are created after the preview are not in it, and stay.
      createdBefore: new Date(serviceNow() - minutes * MINUTE_MS),
    };
    await this.#whileBusy(form, async () => {
      const results = await this.#releaseAll({ ...filter, dryRun: true });
      const ids = results.map(({ id }) => id);
      if (ids.length > 0) this.#showConfirmation(filter, ids, typed);
      else this.#showNothing(typed);
    });
  }

  /** @param {Typed} typed */
  #showNothing(typed) {
    fillDialog(
      this.#dialog,
      "Nothing to release",
      h("p", { role: "status" }, "No live sessions match."),
      h("footer", { class: "dialog-foot" }, this.#backButton(typed), this.#closeButton("Close")),
    );
  }

  /**
   * Step 2: the sessions that will end.
   *
   * @param {Filter} filter
   * @param {string[]} ids
   * @param {Typed} typed
   */
  #showConfirmation(filter, ids, typed) {
    const many = formatCount(ids.length, "session");
    const consequence = h(
      "p",
      { id: "release-what", tabindex: "-1" },
      h("strong", {}, isEverything(filter, typed) ? `All ${many}` : many),
      ` ${describe(filter, typed)} will end now. Their browsers will be closed. This can't be undone.`,
    );
    const list = h(
      "ul",
      { class: "named", tabindex: "0", "aria-label": "Sessions that will end" },
      ...ids.slice(0, LISTED_MAX).map((id) => this.#listItem(id)),
    );
    const rest = ids.length - LISTED_MAX;
    const form = h(
      "form",
      { class: "form" },
      consequence,
      list,
      rest > 0 && h("p", { class: "hint" }, `and ${formatCount(rest, "more session")}.`),
      h("p", { class: "trouble", role: "alert", hidden: true }),
      h(
        "footer",
        { class: "dialog-foot" },
        this.#backButton(typed),
        h("button", { type: "submit", class: "primary danger" }, `Release ${many}`),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#release(form, filter);
    });
    fillDialog(this.#dialog, `Release ${many}?`, form);
    consequence.focus();
  }

  /** @param {string} id */
  #listItem(id) {
    const session = this.#fleet.get(id);
    const owner = session ? (session.owner ?? "no owner") : "queued or starting";
    return h("li", {}, h("code", { title: id }, id), foreign(owner, { class: "faint" }));
  }

  /**
   * @param {HTMLFormElement} form
   * @param {Filter} filter
   */
  async #release(form, filter) {
    await this.#whileBusy(form, async () => this.#showResults(await this.#releaseAll(filter)));
  }

  /**
   * Step 3: what was released.
   *
   * @param {ReleaseOutcome[]} results
   */
  #showResults(results) {
    const closing = results.filter(({ outcome }) => outcome === "closing").length;
    const unconfirmed = `${formatCount(closing, "browser")} not closed yet. Retrying until the provider confirms it.`;
    const done = h("button", { type: "button", class: "primary", onclick: () => this.#dialog.close() }, "Done");
    fillDialog(
      this.#dialog,
      "Released",
      h("p", { role: "status" }, h("strong", {}, formatCount(results.length, "session")), " ended."),
      closing > 0 && h("p", {}, unconfirmed),
      h("footer", { class: "dialog-foot" }, done),
    );
    done.focus();
  }

  /** @param {ReleaseAllFilter} filter */
  async #releaseAll(filter) {
    const { results } = await this.#client.sessions.releaseAll(filter, { signal: this.#calls.signal });
    return results;
  }

  /**
   * @param {HTMLFormElement} form
   * @param {() => Promise<void>} work
   */
  async #whileBusy(form, work) {
    const button = find(form, ".primary");
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    showTrouble(form, "");
    try {
      await work();
    } catch (error) {
      const { code, errors = [] } = failureOf(error);
      const details = errors.map(({ pointer, detail }) => `${pointer}: ${detail}`);
      if (code !== "aborted") showTrouble(form, [messageOf(error), ...details].join(" "));
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  /** @param {Typed} typed */
  #backButton(typed) {
    return h("button", { type: "button", onclick: () => this.#showForm(typed) }, "Back");
  }

  /** @param {string} text */
  #closeButton(text) {
    return h("button", { type: "button", onclick: () => this.#dialog.close() }, text);
  }
}

/**
 * @param {Filter} filter
 * @param {Typed} typed
 */
const isEverything = ({ owner, metadata }, { age }) => !owner && Object.keys(metadata).length === 0 && !Number(age);

/**
 * Which sessions a filter matches.
 *
 * @param {Filter} filter
 * @param {Typed} typed
 */
function describe(filter, typed) {
  if (isEverything(filter, typed)) return "in this project";
  const parts = Object.entries(filter.metadata).map(([key, value]) => `${key}=${value}`);
  if (filter.owner) parts.unshift(`owner ${filter.owner}`);
  if (Number(typed.age)) parts.push(`older than ${typed.age} min`);
  return `(${parts.join(", ")})`;
}

/**
 * @param {HTMLFormElement} form
 * @returns {Typed}
 */
function readForm(form) {
  const data = new FormData(form);
  const text = (/** @type {string} */ name) => String(data.get(name) ?? "");
  return { owner: text("owner"), metadata: text("metadata"), age: text("age") };
}

/**
 * @param {HTMLFormElement} form
 * @param {string} text empty for none
 */
function showTrouble(form, text) {
  const line = find(form, ".trouble");
  line.hidden = !text;
  line.textContent = text;
}

/**
 * @param {string} name
 * @param {string} label
 * @param {Record<string, string>} attributes
 */
function field(name, label, attributes) {
  const id = `release-${name}`;
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    h("input", { id, name, type: "text", autocomplete: "off", spellcheck: "false", ...attributes }),
  );
}
