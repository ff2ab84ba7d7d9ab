// A caller's pairs, as chips that filter by them.

import { foreign, h, visible } from "./element.js";

/** A chip for each of the first `count` pairs, and how many more there are. */
export function chips(metadata, count, filterBy) {
  const pairs = Object.entries(metadata);
  const shown = pairs.slice(0, count).map(([key, value]) => chip(key, value, filterBy));
  const rest = pairs.length - shown.length;
  if (rest > 0) shown.push(h("span", { class: "faint more", title: `${rest} more in the details` }, `+${rest}`));
  return shown;
}

function chip(key, value, filterBy) {
  const text = [foreign(key, { class: "key" }), "=", foreign(value)];
  const attributes = { "aria-label": `${visible(key)}=${visible(value)}`, title: "Show only sessions with this pair" };
  return h(
    "button",
    { type: "button", class: "chip", ...attributes, onclick: () => filterBy({ metadata: [key, value] }) },
    ...text,
  );
}
