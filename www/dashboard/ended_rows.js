// An ended session as a row of the table.

/** @import { SessionData } from "tidewatch" */
/** @import { Child } from "../page/element.js" */
/** @import { Actions } from "./actions.js" */

import { foreign, h, icon, setText } from "../page/element.js";
import { formatAgo, formatDateTime, formatDuration, formatReason, shortId } from "../page/format.js";
import * as icons from "../page/icons.js";
import { serviceNow } from "./clock.js";
import { chips } from "./metadata.js";

// The header is the first row of the table.
const HEAD_ROWS = 1;
const CHIPS = 3;

export class EndedRow {
  #actions;
  /** @type {SessionData | undefined} */
  #session;
  #ended = cell("ended number faint", "");

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.element = h("div", { class: "row", role: "row" });
  }

  /**
   * @param {SessionData | undefined} session undefined while it is not loaded
   * @param {number} index
   */
  show(session, index) {
    this.element.setAttribute("aria-rowindex", String(index + 1 + HEAD_ROWS));
    if (session === this.#session && this.element.firstChild) return;
    this.#session = session;
    this.element.classList.toggle("loading", !session);
    this.element.replaceChildren(...(session ? this.#cells(session) : [cell("", "Loading …")]));
    this.tick();
  }

  /** @param {SessionData} session */
  #cells(session) {
    const { id, owner, metadata, duration, endedAt } = session;
    const { addressOf, filterBy } = this.#actions;
    this.#ended = cell("ended number faint", "");
    this.#ended.title = endedAt ? formatDateTime(endedAt) : "";
    const ownerButton =
      owner && h("button", { type: "button", class: "plain", onclick: () => filterBy({ owner }) }, foreign(owner));
    return [
      cell("id", h("a", { class: "mono", href: addressOf(id), "data-session": id, title: id }, shortId(id))),
      cell("owner", ownerButton || h("span", { class: "faint" }, "–")),
      cell("pairs chips", ...chips(metadata, CHIPS, filterBy)),
      cell("why", ...reasonElements(session)),
      cell("lived number", formatDuration(duration)),
      this.#ended,
      cell("replay", replayLink(session)),
    ];
  }

  /** Brings its age to the present. */
  tick() {
    const endedAt = this.#session?.endedAt;
    if (endedAt) setText(this.#ended, formatAgo(serviceNow() - Date.parse(endedAt)));
  }
}

/** @param {SessionData} session */
function reasonElements({ status, releaseReason, failure, closing }) {
  return [
    h("span", { class: `dot ${status} ${releaseReason}`, "aria-hidden": "true" }),
    h("span", { class: "reason" }, formatReason(releaseReason)),
    failure && foreign(failure.message, { class: "faint failure" }),
    closing && h("span", { class: "mark soon" }, "closing"),
  ];
}

/** @param {SessionData} session */
function replayLink({ id, recording }) {
  if (!recording) return "";
  const address = `/replay/?session=${encodeURIComponent(id)}`;
  return h(
    "a",
    { class: "button small", href: address, "aria-label": `Replay ${shortId(id)}` },
    icon(icons.PLAY),
    "Replay",
  );
}

/**
 * @param {string} kind
 * @param {...Child} content
 */
function cell(kind, ...content) {
  return h("span", { class: `cell ${kind}`, role: "cell" }, ...content);
}
