// A bar for each reason why sessions ended. The bars are a table, so it needs no second one for screen readers.

import { h } from "../page/element.js";
import { formatNumber, formatReason } from "../page/format.js";

export class ReasonChart {
  #rows = h("tbody");
  #none = h("p", { class: "none faint", hidden: true }, "No data yet");

  constructor() {
    const head = h(
      "thead",
      { class: "unseen" },
      h("tr", {}, h("th", { scope: "col" }, "Reason"), h("th", { scope: "col" }, "Sessions")),
    );
    const table = h("table", { class: "reasons", "aria-label": "Why sessions ended" }, head, this.#rows);
    const caption = h("figcaption", {}, h("span", {}, "Why sessions ended"));
    this.element = h("figure", { class: "chart" }, caption, table, this.#none);
  }

  /** @param {[reason: string, count: number][]} reasons the most frequent first */
  show(reasons) {
    this.#none.hidden = reasons.length > 0;
    const most = Math.max(1, ...reasons.map(([, count]) => count));
    this.#rows.replaceChildren(...reasons.map(([reason, count]) => row(reason, count, most)));
  }
}

/**
 * @param {string} reason
 * @param {number} count
 * @param {number} most the count of a full bar
 */
function row(reason, count, most) {
  const fill = h("span", { class: `fill ${reason}` });
  fill.style.inlineSize = `${(100 * count) / most}%`;
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, formatReason(reason)),
    h(
      "td",
      {},
      h("span", { class: "track", "aria-hidden": "true" }, fill),
      h("span", { class: "number" }, formatNumber(count)),
    ),
  );
}
