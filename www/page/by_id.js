// Finds the elements that a page's HTML promises, and fails clearly if one is missing or of another kind.

/**
 * The element with this id.
 *
 * @template {HTMLElement} [Kind=HTMLElement]
 * @param {string} id
 * @param {new () => Kind} [kind] the element's class, `HTMLInputElement` for example
 * @returns {Kind}
 */
export function byId(id, kind) {
  return checked(document.getElementById(id), kind, `#${id}`);
}

/**
 * The first element inside `parent` that matches a selector.
 *
 * @template {HTMLElement} [Kind=HTMLElement]
 * @param {ParentNode} parent
 * @param {string} selector
 * @param {new () => Kind} [kind] the element's class
 * @returns {Kind}
 */
export function find(parent, selector, kind) {
  return checked(parent.querySelector(selector), kind, selector);
}

/**
 * @template {HTMLElement} Kind
 * @param {Element | null} element
 * @param {(new () => Kind) | undefined} kind
 * @param {string} name what was looked for
 * @returns {Kind}
 */
function checked(element, kind, name) {
  if (!element) throw new Error(`The page has no element ${name}.`);
  const wanted = kind ?? /** @type {new () => Kind} */ (HTMLElement);
  if (element instanceof wanted) return element;
  throw new Error(`The element ${name} is a ${element.constructor.name}, not a ${wanted.name}.`);
}
