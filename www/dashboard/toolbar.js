// The controls that narrow the lists: status, range, search, and the active filters.

/** @import { SessionStatus } from "tidewatch" */
/** @import { Place, Range } from "./address.js" */
/** @import { Navigation } from "./navigation.js" */

import { byId } from "../page/by_id.js";
import { foreign, h, icon } from "../page/element.js";
import * as icons from "../page/icons.js";
import { RANGES, STATUSES } from "./address.js";
import { readQuery } from "./filter.js";

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** @type {Record<Range, string>} */
const RANGE_NAMES = { "24h": "24 hours", "7d": "7 days", "30d": "30 days" };
/** @type {Record<SessionStatus, string>} */
const STATUS_NAMES = { live: "Live", released: "Completed", failed: "Failed" };

export class Toolbar {
  #navigation;
  #query = byId("query", HTMLInputElement);

  /** @param {Navigation} navigation */
  constructor(navigation) {
    this.#navigation = navigation;
    this.#query.addEventListener("input", () => this.#search());
    byId("search").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#enter();
    });
    addEventListener("keydown", (event) => this.#focusOnSlash(event));
    navigation.on("move", () => this.show());
    this.show();
  }

  show() {
    const { place } = this.#navigation;
    showSegments(byId("statuses"), {
      values: [null, ...STATUSES],
      chosen: place.status,
      nameOf: (status) => (status ? STATUS_NAMES[status] : "All"),
      choose: (status) => this.#navigation.go({ status }),
    });
    showSegments(byId("ranges"), {
      values: RANGES,
      chosen: place.range,
      nameOf: (range) => RANGE_NAMES[range],
      choose: (range) => this.#navigation.go({ range }),
    });
    if (readQuery(this.#query.value).text !== place.text) this.#query.value = place.text;
    this.#showFilters(place);
  }

  // While a person types, only words are searched for: a half-typed filter would match nothing.
  #search() {
    this.#navigation.go({ text: readQuery(this.#query.value).text }, { replace: true });
  }

  #enter() {
    const { owner, metadata, text } = readQuery(this.#query.value);
    const { place } = this.#navigation;
    if (ID.test(text)) {
      this.#query.value = "";
      return this.#navigation.go({ text: "", session: text.toLowerCase() });
    }
    this.#query.value = text;
    this.#navigation.go({ text, owner: owner ?? place.owner, metadata: { ...place.metadata, ...metadata } });
  }

  /** @param {KeyboardEvent} event */
  #focusOnSlash(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    const isInField = event.target instanceof Element && event.target.closest("input, textarea, select");
    if (isInField || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.#query.focus();
  }

  /** @param {Place} place */
  #showFilters({ owner, metadata }) {
    const without = (/** @type {string} */ key) =>
      Object.fromEntries(Object.entries(metadata).filter(([other]) => other !== key));
    const filters = Object.entries(metadata).map(([key, value]) =>
      this.#filterElement(key, value, { metadata: without(key) }),
    );
    if (owner) filters.unshift(this.#filterElement("owner", owner, { owner: null }));
    byId("filters").hidden = filters.length === 0;
    byId("filters").replaceChildren(...filters);
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {Partial<Place>} removal the change that removes the filter
   */
  #filterElement(key, value, removal) {
    const remove = () => {
      this.#navigation.go(removal);
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

/**
 * Shows a group of buttons with one pressed. The buttons are created once, so that the focus stays on the pressed one.
 *
 * @template Value
 * @param {HTMLElement} group
 * @param {object} segments
 * @param {readonly Value[]} segments.values
 * @param {Value} segments.chosen
 * @param {(value: Value) => string} segments.nameOf
 * @param {(value: Value) => void} segments.choose
 */
function showSegments(group, { values, chosen, nameOf, choose }) {
  if (!group.firstChild) {
    group.append(
      ...values.map((value) => h("button", { type: "button", onclick: () => choose(value) }, nameOf(value))),
    );
  }
  for (const [index, value] of values.entries())
    group.children[index]?.setAttribute("aria-pressed", String(value === chosen));
}
