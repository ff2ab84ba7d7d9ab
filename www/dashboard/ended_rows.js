// A session that has ended, as a row.

import { serviceNow } from "./clock.js";
import { foreign, h, icon, setText } from "./element.js";
import * as icons from "./icons.js";
import { chips } from "./metadata.js";
import { agoInWords, momentInWords, reasonInWords, shortId, spanInWords } from "./words.js";

// The head is the first row of the table.
const HEAD_ROWS = 1;
const CHIPS = 3;

export class EndedRow {
  #actions;
  #session;
  #ended = null;

  constructor(actions) {
    this.#actions = actions;
    this.element = h("div", { class: "row", role: "row" });
  }

  show(session, index) {
    this.element.setAttribute("aria-rowindex", index + 1 + HEAD_ROWS);
    if (session === this.#session && this.element.firstChild) return;
    this.#session = session;
    this.element.classList.toggle("loading", !session);
    this.element.replaceChildren(...(session ? this.#cells(session) : [cell("", "Loading …")]));
    this.tick();
  }

  #cells(session) {
    const { id, owner, metadata, status, releaseReason, failure, duration, endedAt, recording, closing } = session;
    const { addressOf, filterBy } = this.#actions;
    this.#ended = cell("ended number faint", "");
    this.#ended.title = endedAt ? momentInWords(endedAt) : "";
    const ofOwner =
      owner && h("button", { type: "button", class: "plain", onclick: () => filterBy({ owner }) }, foreign(owner));
    const why = [
      h("span", { class: `dot ${status} ${releaseReason}`, "aria-hidden": "true" }),
      h("span", { class: "reason" }, reasonInWords(releaseReason)),
    ];
    if (failure) why.push(foreign(failure.message, { class: "faint failure" }));
    if (closing) why.push(h("span", { class: "mark soon" }, "closing"));
    return [
      cell("id", h("a", { class: "mono", href: addressOf(id), "data-session": id, title: id }, shortId(id))),
      cell("owner", ofOwner || h("span", { class: "faint" }, "–")),
      cell("pairs chips", ...chips(metadata, CHIPS, filterBy)),
      cell("why", ...why),
      cell("lived number", spanInWords(duration)),
      this.#ended,
      cell("replay", this.#replay(id, recording)),
    ];
  }

  #replay(id, recording) {
    if (!recording) return "";
    const address = `/replay/?session=${encodeURIComponent(id)}`;
    return h(
      "a",
      { class: "button small", href: address, "aria-label": `Replay ${shortId(id)}` },
      icon(icons.PLAY),
      "Replay",
    );
  }

  /** Brings its age to the present. */
  tick() {
    if (this.#session?.endedAt && this.#ended)
      setText(this.#ended, agoInWords(serviceNow() - Date.parse(this.#session.endedAt)));
  }
}

function cell(kind, ...content) {
  return h("span", { class: `cell ${kind}`, role: "cell" }, ...content);
}
