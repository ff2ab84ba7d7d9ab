// The dialog that releases all sessions of a filter: first it looks, then it names what will end, then it ends that.

import { fillDialog } from "./dialog.js";
import { foreign, h } from "./element.js";
import { readQuery } from "./filter.js";
import { serviceNow } from "./clock.js";
import { countInWords, shortId } from "./words.js";

// Beyond, a list is no longer read.
const NAMED = 200;

const element = (id) => document.getElementById(id);

export class ReleaseDialog {
  #client;
  #fleet;
  #navigation;
  #dialog = element("release");
  #calls = new AbortController();

  constructor({ client, fleet, navigation }) {
    this.#client = client;
    this.#fleet = fleet;
    this.#navigation = navigation;
    element("release-open").addEventListener("click", () => this.#open());
    this.#dialog.addEventListener("close", () => this.#calls.abort());
  }

  #open() {
    this.#calls = new AbortController();
    const { owner, metadata } = this.#navigation.place;
    this.#ask({
      owner: owner ?? "",
      metadata: Object.entries(metadata)
        .map(([key, value]) => `${key}=${value}`)
        .join(" "),
    });
    this.#dialog.showModal();
    this.#dialog.querySelector("input").focus();
  }

  /** The first step: which ones. */
  #ask({ owner, metadata, age = "" }) {
    const form = h(
      "form",
      { class: "form", novalidate: true },
      h("p", {}, "Ends every session that matches, those that wait or start as well. You see first which ones."),
      input("owner", "Owner", owner, "any"),
      input("metadata", "Metadata", metadata, "run=17 stage=test"),
      input("age", "Older than, in minutes", age, "any age", "number"),
      h("p", { class: "trouble", role: "alert", hidden: true }),
      h("footer", { class: "dialog-foot" }, this.#cancel(), h("button", { class: "primary" }, "Look what would end")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#look(form);
    });
    fillDialog(this.#dialog, "Release all", form);
  }

  async #look(form) {
    const typed = Object.fromEntries(new FormData(form));
    const { metadata, text, owner: strayOwner } = readQuery(typed.metadata);
    const minutes = Number(typed.age || 0);
    if (text || strayOwner) return say(form, "Metadata is key=value, with spaces between pairs.");
    if (!(minutes >= 0)) return say(form, "The age is a number of minutes.");
    const filter = { owner: typed.owner.trim() || null, metadata: { ...metadata } };
    // What is created from now on has not been looked at, and is spared.
    filter.createdBefore = new Date(serviceNow() - minutes * 60_000);
    await this.#try(form, async () => {
      const { results } = await this.#client.sessions.releaseAll({ ...filter, dryRun: true }, this.#options);
      this.#confirm(
        filter,
        results.map(({ id }) => id),
        typed,
      );
    });
  }

  /** The second step: what will end, by name. */
  #confirm(filter, ids, typed) {
    const many = countInWords(ids.length, "session");
    const back = h("button", { type: "button", onclick: () => this.#ask(typed) }, "Back");
    if (ids.length === 0) {
      return fillDialog(
        this.#dialog,
        "Nothing to release",
        h("p", { role: "status" }, "No live session matches."),
        h("footer", { class: "dialog-foot" }, back, this.#cancel("Close")),
      );
    }
    const form = h(
      "form",
      { class: "form" },
      h(
        "p",
        { id: "release-what", tabindex: "-1" },
        h("strong", {}, many),
        ` will end now${this.#inWords(filter)}. Their browsers are closed, and that can't be undone.`,
      ),
      h(
        "ul",
        { class: "named", tabindex: "0", "aria-label": "What will end" },
        ...ids.slice(0, NAMED).map((id) => this.#named(id)),
      ),
      ids.length > NAMED && h("p", { class: "hint" }, `and ${countInWords(ids.length - NAMED, "more session")}.`),
      h("p", { class: "trouble", role: "alert", hidden: true }),
      h("footer", { class: "dialog-foot" }, back, h("button", { class: "primary danger" }, `Release ${many}`)),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#release(form, filter);
    });
    fillDialog(this.#dialog, `Release ${many}?`, form);
    form.querySelector("#release-what").focus();
  }

  #inWords({ owner, metadata }) {
    const pairs = Object.entries(metadata).map(([key, value]) => `${key}=${value}`);
    const named = [owner && `of ${owner}`, pairs.length > 0 && `with ${pairs.join(" and ")}`].filter(Boolean);
    return named.length > 0 ? `, ${named.join(", ")}` : ", all of this project";
  }

  #named(id) {
    const session = this.#fleet.get(id);
    const whose = session ? (session.owner ?? "no owner") : "waiting or starting";
    return h("li", {}, h("code", { title: id }, id), foreign(whose, { class: "faint" }));
  }

  async #release(form, filter) {
    await this.#try(form, async () => {
      const { results } = await this.#client.sessions.releaseAll(filter, this.#options);
      this.#tell(results);
    });
  }

  /** The third step: what became of them. */
  #tell(results) {
    const closing = results.filter(({ outcome }) => outcome === "closing").length;
    const lines = [h("p", { role: "status" }, h("strong", {}, countInWords(results.length, "session")), " ended.")];
    if (closing > 0)
      lines.push(
        h(
          "p",
          {},
          `${countInWords(closing, "browser")} still being closed; that is tried until the provider confirms it.`,
        ),
      );
    const done = h("button", { type: "button", class: "primary", onclick: () => this.#dialog.close() }, "Done");
    fillDialog(this.#dialog, "Released", ...lines, h("footer", { class: "dialog-foot" }, done));
    done.focus();
  }

  get #options() {
    return { signal: this.#calls.signal };
  }

  async #try(form, work) {
    const button = form.querySelector(".primary");
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    say(form);
    try {
      await work();
    } catch (error) {
      if (error.code !== "aborted")
        say(
          form,
          [error.message, ...(error.errors ?? []).map(({ pointer, detail }) => `${pointer}: ${detail}`)].join(" "),
        );
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  #cancel(text = "Cancel") {
    return h("button", { type: "button", onclick: () => this.#dialog.close() }, text);
  }
}

function say(form, text) {
  const line = form.querySelector(".trouble");
  line.hidden = !text;
  line.textContent = text ?? "";
}

function input(name, label, value, placeholder, type = "text") {
  const id = `release-${name}`;
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    h("input", {
      id,
      name,
      value,
      placeholder,
      type,
      autocomplete: "off",
      spellcheck: "false",
      min: type === "number" ? "0" : null,
    }),
  );
}
