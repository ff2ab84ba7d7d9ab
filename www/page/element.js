// Builds elements without markup: strings from callers and pages are always text, never HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {string | number | boolean | null | undefined} AttributeValue
 *   `true` sets an attribute without a value. `false`, null and undefined set none.
 * @typedef {object} Listeners
 * @property {(event: MouseEvent & { currentTarget: HTMLElement }) => void} [onclick]
 * @property {(event: SubmitEvent) => void} [onsubmit]
 * @typedef {{ [name: string]: AttributeValue | ((event: never) => void) } & Listeners} Attributes
 * @typedef {Node | string | false | null | undefined | 0 | ""} Child false, null, undefined and "" add nothing
 */

/**
 * An element with attributes, listeners (`onclick: …`) and children.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) set(element, key, value);
  for (const child of children.flat()) if (child) element.append(child);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} key
 * @param {Attributes[string]} value
 */
function set(element, key, value) {
  if (typeof value === "function") element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
  else if (value === true) element.setAttribute(key, "");
  else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, String(value));
}

/**
 * A decorative picture of 16 by 16 units, hidden from screen readers: its button or label has the text.
 *
 * @param {string} strokes the data of an SVG path
 */
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

/**
 * Sets a text only if it differs: writing the same text again would clear the reader's selection.
 *
 * @param {Node} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A text from outside. `dir=auto` on its own element keeps its direction from changing the text around it.
 *
 * @param {string} text
 * @param {Attributes} [attributes]
 * @param {"bdi" | "span"} [name]
 */
export function foreign(text, attributes = {}, name = "bdi") {
  return h(name, { dir: "auto", title: text, ...attributes }, visible(text));
}

// Characters that show nothing or change the direction of the text after them.
const INVISIBLE = /[\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * A text in which nothing is hidden: control and direction characters become escapes like `\u200b`.
 *
 * @param {string} text
 */
export function visible(text) {
  return String(text).replace(INVISIBLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
