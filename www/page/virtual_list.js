// A long list that has only its visible rows in the document. All rows have the same height. A row keeps its element
// while it is rendered, so that focus and selection stay.

import { onceAFrame } from "./once_a_frame.js";
import { visibleRange } from "./visible_range.js";

const ROWS_AROUND = 6;
// The visible rows are rendered first. The rows around them are for scrolling and come later.
const AROUND_AFTER_MS = 100;

/**
 * @template Item
 * @typedef {object} Row one rendered item
 * @property {HTMLElement} element
 * @property {(item: Item | undefined, index: number) => void} show renders an item; undefined while it is not loaded
 * @property {() => void} [dispose] frees what the row holds, after it has left the document
 */

/**
 * @template Item
 * @typedef {object} Items
 * @property {number} count how many there are, loaded or not
 * @property {(index: number) => Item | undefined} at undefined while the item is not loaded
 */

/**
 * @template Item
 * @template {Row<Item>} ListRow
 * @typedef {object} Options
 * @property {() => ListRow} make
 * @property {(item: Item) => string} [keyOf] identifies an item; by default its index does
 * @property {number} [columnWidth] the minimum width of a column in pixels; without it there is one column
 * @property {HTMLElement} [scroller] the element that scrolls the list; by default the page does
 * @property {(range: {first: number, end: number}) => void} [onRange] called with the rendered range after each change
 */

/**
 * @template Item
 * @template {Row<Item>} ListRow
 */
export class VirtualList {
  #container;
  #options;
  /** @type {Items<Item>} */
  #items = { count: 0, at: () => undefined };
  /** @type {Map<string, {row: ListRow, index: number}>} by the item's key */
  #rendered = new Map();
  #columns = 1;
  #around = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #aroundTimer;
  #renderSoon = onceAFrame(() => this.render());

  /**
   * @param {HTMLElement} container a positioned box whose style has `--row-height`
   * @param {Options<Item, ListRow>} options
   */
  constructor(container, options) {
    this.#container = container;
    this.#options = options;
    (options.scroller ?? window).addEventListener("scroll", () => this.#renderSoon(), { passive: true });
    new ResizeObserver(() => this.#renderSoon()).observe(container);
    // The content above the list may grow.
    new ResizeObserver(() => this.#renderSoon()).observe(document.body);
    container.addEventListener("keydown", (event) => this.#moveFocus(event));
  }

  /** The rendered rows. */
  get rows() {
    return [...this.#rendered.values()].map(({ row }) => row);
  }

  /**
   * Shows other items.
   *
   * @param {Items<Item>} items
   */
  show(items) {
    this.#items = items;
    this.render();
  }

  render() {
    if (!this.#container.isConnected || this.#container.offsetParent === null) return;
    const box = this.#container.getBoundingClientRect();
    const { columnWidth = Infinity } = this.#options;
    const rowHeight = this.#rowHeight;
    const viewport = this.#viewport;
    this.#columns = Math.max(1, Math.floor(box.width / columnWidth));
    const { count } = this.#items;
    const range = visibleRange({
      count,
      perRow: this.#columns,
      rowHeight,
      top: box.top - viewport.top,
      screen: viewport.height,
      around: this.#around,
    });
    this.#container.style.height = `${range.height}px`;
    const next = this.#renderRange(range, rowHeight);
    this.#removeOthers(next);
    this.#sortElements();
    this.#options.onRange?.(range);
    if (count > 0) this.#aroundTimer ??= setTimeout(() => this.#renderAround(), AROUND_AFTER_MS);
  }

  #renderAround() {
    this.#around = ROWS_AROUND;
    this.#renderSoon();
  }

  get #rowHeight() {
    return Number.parseFloat(getComputedStyle(this.#container).getPropertyValue("--row-height"));
  }

  // The part of the screen in which rows are visible.
  get #viewport() {
    const { scroller } = this.#options;
    if (scroller) return { top: scroller.getBoundingClientRect().top, height: scroller.clientHeight };
    return { top: 0, height: innerHeight };
  }

  /** @param {number} index */
  #keyAt(index) {
    const item = this.#items.at(index);
    return item === undefined || !this.#options.keyOf ? `at ${index}` : this.#options.keyOf(item);
  }

  /**
   * @param {{first: number, end: number}} range
   * @param {number} rowHeight
   */
  #renderRange({ first, end }, rowHeight) {
    const next = new Map();
    for (let index = first; index < end; index++) {
      const key = this.#keyAt(index);
      const row = this.#rendered.get(key)?.row ?? this.#options.make();
      row.show(this.#items.at(index), index);
      this.#position(row.element, index, rowHeight);
      next.set(key, { row, index });
    }
    return next;
  }

  /**
   * @param {HTMLElement} element
   * @param {number} index
   * @param {number} rowHeight
   */
  #position({ style }, index, rowHeight) {
    const line = Math.floor(index / this.#columns);
    const column = index % this.#columns;
    style.translate = `0 ${line * rowHeight}px`;
    if (this.#columns > 1 || style.width) {
      style.left = `${(100 * column) / this.#columns}%`;
      style.width = `${100 / this.#columns}%`;
    }
  }

  /**
   * Removes rows that are no longer in range. The row with the focus stays while its item exists: without it the next
   * key press would start again at the top of the page.
   *
   * @param {Map<string, {row: ListRow, index: number}>} next
   */
  #removeOthers(next) {
    for (const [key, { row, index }] of this.#rendered) {
      if (next.has(key)) continue;
      if (row.element.contains(document.activeElement)) {
        const item = this.#items.at(index);
        if (item !== undefined && this.#options.keyOf?.(item) === key) {
          next.set(key, { row, index });
          continue;
        }
        /** @type {HTMLElement | null} */
        (this.#container.closest("[tabindex]"))?.focus({ preventScroll: true });
      }
      row.element.remove();
      row.dispose?.();
    }
    this.#rendered = next;
  }

  #sortElements() {
    const rows = [...this.#rendered.values()].sort((a, b) => a.index - b.index);
    let next = this.#container.firstElementChild;
    for (const {
      row: { element },
    } of rows) {
      if (element === next) next = next.nextElementSibling;
      else this.#container.insertBefore(element, next);
    }
  }

  /**
   * Arrow keys move the focus from row to row, as in a desktop's tables.
   *
   * @param {KeyboardEvent} event
   */
  #moveFocus(event) {
    const step = this.#stepOf(event.key);
    const target = /** @type {Element} */ (event.target);
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    const from = [...this.#rendered.values()].find(({ row }) => row.element.contains(target));
    if (!from || target.closest("input, select, textarea")) return;
    event.preventDefault();
    this.focus(Math.min(this.#items.count - 1, Math.max(0, from.index + step)));
  }

  /** @param {string} key */
  #stepOf(key) {
    const rowHeight = this.rows[0]?.element.offsetHeight || 1;
    const page = Math.max(1, Math.floor(innerHeight / 2 / rowHeight)) * this.#columns;
    const { count } = this.#items;
    switch (key) {
      case "ArrowDown":
        return this.#columns;
      case "ArrowUp":
        return -this.#columns;
      case "PageDown":
        return page;
      case "PageUp":
        return -page;
      case "Home":
        return -count;
      case "End":
        return count;
      default:
        return 0;
    }
  }

  /**
   * Scrolls an item into view and focuses its first link or button.
   *
   * @param {number} index
   */
  focus(index) {
    this.reveal(index);
    this.render();
    const row = [...this.#rendered.values()].find((rendered) => rendered.index === index)?.row;
    /** @type {HTMLElement | null | undefined} */
    (row?.element.querySelector("a, button"))?.focus({ preventScroll: true });
  }

  /**
   * Scrolls an item into view.
   *
   * @param {number} index
   */
  reveal(index) {
    const rowHeight = this.#rowHeight;
    const viewport = this.#viewport;
    const line = Math.floor(index / this.#columns);
    const top = this.#container.getBoundingClientRect().top - viewport.top + line * rowHeight;
    const { scroller } = this.#options;
    const head = scroller ? 0 : Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
    const by = top < head ? top - head : Math.max(0, top + rowHeight - viewport.height);
    if (by !== 0) (scroller ?? window).scrollBy(0, by);
  }
}
