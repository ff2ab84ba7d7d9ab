// The dashboard's two lists, live and ended sessions, and what is said about them.

/** @import { SessionData } from "tidewatch" */
/** @import { Actions } from "./actions.js" */
/** @import { Place } from "./address.js" */
/** @import { Fleet } from "./fleet.js" */
/** @import { Navigation } from "./navigation.js" */
/** @import { SessionList } from "./session_list.js" */

import { byId } from "../page/by_id.js";
import { h, setText } from "../page/element.js";
import { formatCount, formatNumber } from "../page/format.js";
import { onceAFrame } from "../page/once_a_frame.js";
import { VirtualList } from "../page/virtual_list.js";
import { EndedRow } from "./ended_rows.js";
import { contains, isFiltered } from "./filter.js";
import { LiveCard } from "./live_cards.js";

const CARD_MIN_WIDTH = 372;
// Loads ahead, so that scrolling rarely reaches a row that is not loaded.
const LOADED_AHEAD = 100;
const HEAD_ROWS = 1;

const idOf = (/** @type {SessionData} */ { id }) => id;

export class Sessions {
  #fleet;
  #navigation;
  /** @type {VirtualList<SessionData, LiveCard>} */
  #cards;
  /** @type {VirtualList<SessionData, EndedRow>} */
  #rows;

  /**
   * @param {object} parts
   * @param {Fleet} parts.fleet
   * @param {Navigation} parts.navigation
   * @param {Actions} parts.actions
   * @param {(cards: LiveCard[]) => void} parts.onCards called with the rendered cards
   */
  constructor({ fleet, navigation, actions, onCards }) {
    this.#fleet = fleet;
    this.#navigation = navigation;
    this.#cards = new VirtualList(byId("live-cards"), {
      make: () => new LiveCard(actions),
      keyOf: idOf,
      columnWidth: CARD_MIN_WIDTH,
      onRange: () => onCards(this.#cards.rows),
    });
    this.#rows = new VirtualList(byId("ended-rows"), {
      make: () => new EndedRow(actions),
      keyOf: idOf,
      onRange: ({ end }) => this.#loadUpTo(end),
    });
    fleet.on("change", () => this.renderSoon());
  }

  /** Renders the lists with the next frame. */
  renderSoon = onceAFrame(() => this.#render());

  tick() {
    for (const row of [...this.#cards.rows, ...this.#rows.rows]) row.tick();
  }

  #render() {
    const { place } = this.#navigation;
    const { live, ended } = this.#fleet;
    byId("live").hidden = !live && place.status !== "live" && place.status !== null;
    byId("ended").hidden = place.status === "live";
    if (live) this.#renderLive(live, place);
    if (ended) this.#renderEnded(ended, place);
  }

  /**
   * @param {SessionList} live
   * @param {Place} place
   */
  #renderLive(live, place) {
    const found = matches(live, place.text);
    setText(byId("live-count"), formatMatches(found.count, live, place.text));
    byId("live-cards").hidden = found.count === 0;
    byId("live-none").hidden = found.count > 0;
    if (found.count === 0) {
      const start = h("button", { type: "button", onclick: () => byId("create-open").click() }, "Start a session");
      const isNarrowed = Boolean(place.text) || isFiltered({ ...place, status: null });
      this.#showNone("live-none", isNarrowed, [h("p", {}, "No live sessions"), start]);
    }
    this.#cards.show(found);
    for (const { element } of this.#cards.rows) element.setAttribute("aria-setsize", String(found.count));
  }

  /**
   * @param {SessionList} ended
   * @param {Place} place
   */
  #renderEnded(ended, place) {
    const found = matches(ended, place.text);
    setText(byId("ended-count"), formatMatches(found.count, ended, place.text));
    byId("ended-table").hidden = found.count === 0;
    byId("ended-table").setAttribute("aria-rowcount", String(found.count + HEAD_ROWS));
    byId("ended-none").hidden = found.count > 0;
    if (found.count === 0) {
      const isNarrowed = Boolean(place.text) || isFiltered(place);
      this.#showNone("ended-none", isNarrowed, [h("p", {}, "No ended sessions yet")]);
    }
    this.#showSearched(ended, place.text);
    this.#rows.show(found);
  }

  /**
   * Explains an empty list.
   *
   * @param {string} id
   * @param {boolean} isNarrowed whether a search or filter may be the cause
   * @param {HTMLElement[]} otherwise
   */
  #showNone(id, isNarrowed, otherwise) {
    const clear = h("button", { type: "button", onclick: () => this.#clear() }, "Clear search and filters");
    const content = isNarrowed ? [h("p", {}, "No sessions match."), clear] : otherwise;
    const text = content.map((element) => element.textContent).join("");
    if (byId(id).textContent !== text) byId(id).replaceChildren(...content);
  }

  #clear() {
    this.#navigation.go({ status: null, owner: null, metadata: {}, text: "" });
  }

  /**
   * Says how many sessions a search has looked at: it looks only at loaded ones.
   *
   * @param {SessionList} ended
   * @param {string} text
   */
  #showSearched(ended, text) {
    const line = byId("searched");
    line.hidden = !text || ended.complete;
    if (line.hidden) return;
    const rest = h("button", { type: "button", onclick: () => this.#fleet.loadEnded(Infinity) }, "Load all");
    line.replaceChildren(
      `Searched ${formatNumber(ended.loaded.length)} of ${formatCount(ended.count, "ended session")}. `,
      rest,
    );
  }

  /** @param {number} end index after the last rendered row */
  #loadUpTo(end) {
    const { ended } = this.#fleet;
    if (ended && !ended.complete && end + LOADED_AHEAD > ended.loaded.length && !this.#navigation.place.text) {
      this.#fleet.loadEnded(end + LOADED_AHEAD);
    }
  }
}

/**
 * The loaded sessions that contain a text. Without a text: all sessions, loaded or not.
 *
 * @param {SessionList} list
 * @param {string} text
 */
function matches(list, text) {
  const loaded = text ? list.loaded.filter((session) => contains(text, session)) : list.loaded;
  const count = text ? loaded.length : list.count;
  return { count, at: (/** @type {number} */ index) => loaded[index] };
}

/**
 * @param {number} count
 * @param {SessionList} list
 * @param {string} text
 */
function formatMatches(count, list, text) {
  const all = formatNumber(list.count);
  return text ? `${formatNumber(count)} of ${all}` : all;
}
