// A session's metadata as chips. A click filters by the pair.

/** @import { Actions } from "./actions.js" */

import { foreign, h, visible } from "../page/element.js";

/**
 * A chip for each of the first `count` pairs, and how many more there are.
 *
 * @param {Record<string, string>} metadata
 * @param {number} count
 * @param {Actions["filterBy"]} filterBy
 */
export function chips(metadata, count, filterBy) {
  const pairs = Object.entries(metadata);
  /** @type {HTMLElement[]} */
  const shown = pairs.slice(0, count).map(([key, value]) => chip(key, value, filterBy));
  const rest = pairs.length - shown.length;
  if (rest > 0) shown.push(h("span", { class: "faint more", title: `${rest} more in the details` }, `+${rest}`));
  return shown;
}

/**
 * @param {string} key
 * @param {string} value
 * @param {Actions["filterBy"]} filterBy
 */
function chip(key, value, filterBy) {
  return h(
    "button",
    {
      type: "button",
      class: "chip",
      "aria-label": `${visible(key)}=${visible(value)}`,
      title: "Show only sessions with this pair",
      onclick: () => filterBy({ metadata: [key, value] }),
    },
    foreign(key, { class: "key" }),
    "=",
    foreign(value),
  );
}
