// The two lists of the dashboard, live and ended, and what is told of them.

import { contains, isFiltered } from "./filter.js";
import { h, setText } from "./element.js";
import { EndedRow } from "./ended_rows.js";
import { LiveCard } from "./live_cards.js";
import { onceAFrame } from "../once_a_frame.js";
import { Windowed } from "./windowed.js";
import { countInWords, figure } from "./words.js";

const CARD_MIN_WIDTH = 372;
// So that a person who scrolls rarely meets a row that is not there yet.
const LOADED_AHEAD = 100;
const HEAD_ROWS = 1;

const element = (id) => document.getElementById(id);

export class Sessions {
  #fleet;
  #navigation;
  #cards;
  #rows;

  /** @param {{fleet: object, navigation: object, actions: object, onCards: (cards: LiveCard[]) => void}} parts */
  constructor({ fleet, navigation, actions, onCards }) {
    this.#fleet = fleet;
    this.#navigation = navigation;
    this.#cards = new Windowed(element("live-cards"), {
      make: () => new LiveCard(actions),
      columnWidth: CARD_MIN_WIDTH,
      onRange: () => onCards(this.#cards.rows),
    });
    this.#rows = new Windowed(element("ended-rows"), {
      make: () => new EndedRow(actions),
      onRange: ({ end }) => this.#loadUpTo(end),
    });
    fleet.addEventListener("change", () => this.soon());
  }

  /** Draws what is known with the next frame, however often it is called. */
  soon = onceAFrame(() => this.#draw());

  tick() {
    for (const row of [...this.#cards.rows, ...this.#rows.rows]) row.tick();
  }

  #draw() {
    const { place } = this.#navigation;
    const { live, ended } = this.#fleet;
    element("live").hidden = !live && place.status !== "live" && place.status !== null;
    element("ended").hidden = place.status === "live";
    if (live) this.#drawLive(live, place);
    if (ended) this.#drawEnded(ended, place);
  }

  #drawLive(live, { text, ...place }) {
    const shown = found(live, text);
    setText(element("live-count"), countOf(shown, live, text));
    element("live-cards").hidden = shown.count === 0;
    element("live-none").hidden = shown.count > 0;
    if (shown.count === 0)
      this.#sayNone("live-none", text || isFiltered({ ...place, status: null }), "No session is live.");
    this.#cards.show(shown);
    for (const { element: card } of this.#cards.rows) card.setAttribute("aria-setsize", shown.count);
  }

  #drawEnded(ended, { text, ...place }) {
    const shown = found(ended, text);
    setText(element("ended-count"), countOf(shown, ended, text));
    element("ended-table").hidden = shown.count === 0;
    element("ended-table").setAttribute("aria-rowcount", shown.count + HEAD_ROWS);
    element("ended-none").hidden = shown.count > 0;
    if (shown.count === 0) this.#sayNone("ended-none", text || isFiltered(place), "No session has ended yet.");
    this.#saySearched(ended, text);
    this.#rows.show(shown);
  }

  #sayNone(id, isNarrowed, otherwise) {
    const clear = h("button", { type: "button", onclick: () => this.#clear() }, "Clear search and filters");
    const content = isNarrowed ? [h("p", {}, "Nothing here matches."), clear] : [h("p", {}, otherwise)];
    if (!isNarrowed && id === "live-none")
      content.push(h("button", { type: "button", onclick: () => element("create-open").click() }, "Start one"));
    if (element(id).textContent !== content.map((each) => each.textContent).join(""))
      element(id).replaceChildren(...content);
  }

  #clear() {
    this.#navigation.go({ status: null, owner: null, metadata: {}, text: "" });
  }

  // A search looks at what is loaded, and says how much that is.
  #saySearched(ended, text) {
    const line = element("searched");
    line.hidden = !text || ended.complete;
    if (line.hidden) return;
    const rest = h("button", { type: "button", onclick: () => this.#fleet.loadEnded(Infinity) }, "Load the rest");
    line.replaceChildren(
      `Searched ${figure(ended.loaded.length)} of ${countInWords(ended.count, "ended session")}. `,
      rest,
    );
  }

  #loadUpTo(end) {
    const { ended } = this.#fleet;
    if (ended && !ended.complete && end + LOADED_AHEAD > ended.loaded.length && !this.#navigation.place.text) {
      this.#fleet.loadEnded(end + LOADED_AHEAD);
    }
  }
}

/** The sessions of a list in which a text is; all of them, loaded or not, without one. */
function found(roll, text) {
  const loaded = text ? roll.loaded.filter((session) => contains(text, session)) : roll.loaded;
  const count = text ? loaded.length : roll.count;
  return { count, at: (index) => loaded[index] };
}

function countOf(shown, roll, text) {
  const all = figure(roll.count);
  return text ? `${figure(shown.count)} of ${all}` : all;
}
