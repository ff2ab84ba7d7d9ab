// Elements, made without markup: what a caller or a page wrote is a text here, always.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with attributes, listeners (`onclick: …`) and children. A child that is null or false is left out; `true` gives an
 * attribute without a value, and null, undefined or false none.
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) set(element, key, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, key, value) {
  if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
  else if (value === true) element.setAttribute(key, "");
  else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
}

/** A picture drawn by strokes in a square of 16. It says nothing: its button or label does. */
export function icon(strokes) {
  const picture = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  path.setAttribute("d", strokes);
  picture.append(path);
  return picture;
}

/** Sets a text only where it is another: a node that is written anew loses a reader's selection. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A text that others wrote: its direction is its own and does not turn what stands beside it. */
export function foreign(text, attributes = {}, name = "bdi") {
  return h(name, { dir: "auto", title: text, ...attributes }, visible(text));
}

// Characters that show nothing or turn the direction of what follows them are shown by name.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A text in which nothing hides: control and direction characters become visible. */
export function visible(text) {
  return String(text).replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
