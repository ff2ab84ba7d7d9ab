// What narrows the lists: status, search, and the filters that are set.

import { RANGES, STATUSES } from "./address.js";
import { foreign, h, icon } from "./element.js";
import { readQuery } from "./filter.js";
import * as icons from "./icons.js";

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const RANGE_NAMES = { "24h": "24 hours", "7d": "7 days", "30d": "30 days" };
const STATUS_NAMES = { live: "Live", released: "Released", failed: "Failed" };

const element = (id) => document.getElementById(id);

export class Toolbar {
  #navigation;
  #query = element("query");

  constructor(navigation) {
    this.#navigation = navigation;
    this.#query.addEventListener("input", () => this.#type());
    element("search").addEventListener("submit", (event) => this.#enter(event));
    addEventListener("keydown", (event) => this.#shortcut(event));
    navigation.addEventListener("move", () => this.show());
    this.show();
  }

  show() {
    const { place } = this.#navigation;
    segments(
      element("statuses"),
      [null, ...STATUSES],
      place.status,
      (status) => STATUS_NAMES[status] ?? "All",
      (status) => this.#navigation.go({ status }),
    );
    segments(
      element("ranges"),
      RANGES,
      place.range,
      (range) => RANGE_NAMES[range],
      (range) => this.#navigation.go({ range }),
    );
    if (readQuery(this.#query.value).text !== place.text) this.#query.value = place.text;
    this.#showFilters(place);
  }

  // While a person types, only words count: half of a filter finds nothing.
  #type() {
    this.#navigation.go({ text: readQuery(this.#query.value).text }, { replace: true });
  }

  #enter(event) {
    event.preventDefault();
    const { owner, metadata, text } = readQuery(this.#query.value);
    const { place } = this.#navigation;
    if (ID.test(text)) {
      this.#query.value = "";
      return this.#navigation.go({ text: "", session: text.toLowerCase() });
    }
    this.#query.value = text;
    this.#navigation.go({ text, owner: owner ?? place.owner, metadata: { ...place.metadata, ...metadata } });
  }

  #shortcut(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") || event.target.closest?.("input, textarea, select")) return;
    event.preventDefault();
    this.#query.focus();
  }

  #showFilters({ owner, metadata }) {
    const without = (key) => Object.fromEntries(Object.entries(metadata).filter(([other]) => other !== key));
    const set = [
      ...(owner ? [["owner", owner, { owner: null }]] : []),
      ...Object.entries(metadata).map(([key, value]) => [key, value, { metadata: without(key) }]),
    ];
    element("filters").hidden = set.length === 0;
    element("filters").replaceChildren(...set.map(([key, value, change]) => this.#filter(key, value, change)));
  }

  #filter(key, value, change) {
    const remove = () => {
      this.#navigation.go(change);
      this.#query.focus();
    };
    const button = h(
      "button",
      { type: "button", class: "remove", "aria-label": `Remove the filter ${key}`, onclick: remove },
      icon(icons.CLOSE),
    );
    return h("li", { class: "filter" }, foreign(key, { class: "key" }), foreign(value), button);
  }
}

// Buttons of which one is pressed. They are kept, so that the focus stays on the one that was pressed.
function segments(group, values, chosen, nameOf, choose) {
  if (!group.firstChild) {
    group.append(
      ...values.map((value) => h("button", { type: "button", onclick: () => choose(value) }, nameOf(value))),
    );
  }
  values.forEach((value, index) => group.children[index].setAttribute("aria-pressed", String(value === chosen)));
}
