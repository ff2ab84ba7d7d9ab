// A long list of which only what is on the screen is in the document. Its rows are of one height, and keep their elements
// while they are drawn, so that focus and selection stay.

import { onceAFrame } from "../once_a_frame.js";
import { windowOf } from "./window.js";

const ROWS_AROUND = 6;
// The first rows come alone: those around them are for whoever scrolls.
const AROUND_AFTER_MS = 100;

export class Windowed {
  #container;
  #options;
  #items = { count: 0, at: () => undefined };
  #drawn = new Map();
  #columns = 1;
  #around = 0;
  #lookingAround;
  #soon = onceAFrame(() => this.draw());

  /**
   * @param {HTMLElement} container its positioned box; `--row-height` in its style says how high a row is
   * @param {object} options
   * @param {() => {element: HTMLElement, show: (item: object | undefined, index: number) => void, dispose?: () => void}} options.make
   * @param {number} [options.columnWidth] the least width of a column, for several side by side
   * @param {HTMLElement} [options.scroller] what scrolls it, if it is not the page
   * @param {(range: {first: number, end: number}) => void} [options.onRange] told which items are drawn
   */
  constructor(container, options) {
    this.#container = container;
    this.#options = options;
    (options.scroller ?? window).addEventListener("scroll", () => this.#soon(), { passive: true });
    new ResizeObserver(() => this.#soon()).observe(container);
    // What stands above may grow.
    new ResizeObserver(() => this.#soon()).observe(document.body);
    container.addEventListener("keydown", (event) => this.#move(event));
  }

  /** What is drawn now, for whoever brings it up to date. */
  get rows() {
    return [...this.#drawn.values()];
  }

  /** Shows other items: `count` in all, of which `at(index)` gives undefined where it is not loaded yet. */
  show(items) {
    this.#items = items;
    this.draw();
  }

  draw() {
    if (!this.#container.isConnected || this.#container.offsetParent === null) return;
    const box = this.#container.getBoundingClientRect();
    const { columnWidth = Infinity } = this.#options;
    const rowHeight = this.#rowHeight;
    const screen = this.#screen;
    this.#columns = Math.max(1, Math.floor(box.width / columnWidth));
    const { count } = this.#items;
    const range = windowOf({
      count,
      perRow: this.#columns,
      rowHeight,
      top: box.top - screen.top,
      screen: screen.height,
      around: this.#around,
    });
    this.#container.style.height = `${range.height}px`;
    const kept = this.#drawRange(range, rowHeight);
    this.#dropOthers(kept);
    this.#putInOrder(kept);
    this.#options.onRange?.(range);
    if (count > 0) this.#lookingAround ??= setTimeout(() => this.#lookAround(), AROUND_AFTER_MS);
  }

  #lookAround() {
    this.#around = ROWS_AROUND;
    this.#soon();
  }

  get #rowHeight() {
    return Number.parseFloat(getComputedStyle(this.#container).getPropertyValue("--row-height"));
  }

  // The part of the page in which rows can be seen.
  get #screen() {
    const { scroller } = this.#options;
    if (scroller) return { top: scroller.getBoundingClientRect().top, height: scroller.clientHeight };
    return { top: 0, height: innerHeight };
  }

  #drawRange({ first, end }, rowHeight) {
    const kept = new Map();
    for (let index = first; index < end; index++) {
      const item = this.#items.at(index);
      const key = item?.id ?? `at ${index}`;
      const row = this.#drawn.get(key) ?? this.#options.make();
      row.index = index;
      row.show(item, index);
      this.#place(row.element, index, rowHeight);
      kept.set(key, row);
    }
    return kept;
  }

  #place(element, index, rowHeight) {
    const { style } = element;
    const [row, column] = [Math.floor(index / this.#columns), index % this.#columns];
    style.translate = `0 ${row * rowHeight}px`;
    if (this.#columns > 1 || style.width) {
      style.left = `${(100 * column) / this.#columns}%`;
      style.width = `${100 / this.#columns}%`;
    }
  }

  // The row with the focus stays while its item is there, or a key press would start again at the top of the page.
  #dropOthers(kept) {
    for (const [key, row] of this.#drawn) {
      if (kept.has(key)) continue;
      if (row.element.contains(document.activeElement)) {
        if (this.#isOf(key, row)) {
          kept.set(key, row);
          continue;
        }
        this.#container.closest("[tabindex]")?.focus({ preventScroll: true });
      }
      row.element.remove();
      row.dispose?.();
    }
    this.#drawn = kept;
  }

  #isOf(key, row) {
    return this.#items.at(row.index)?.id === key;
  }

  #putInOrder(kept) {
    const rows = [...kept.values()].sort((a, b) => a.index - b.index);
    let next = this.#container.firstElementChild;
    for (const { element } of rows) {
      if (element === next) next = next.nextElementSibling;
      else this.#container.insertBefore(element, next);
    }
  }

  // From row to row by the arrow keys, as in a table of any desktop.
  #move(event) {
    const step = this.#stepOf(event.key);
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    const from = this.rows.find(({ element }) => element.contains(event.target));
    if (!from || event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    this.focus(Math.min(this.#items.count - 1, Math.max(0, from.index + step)));
  }

  #stepOf(key) {
    const page = Math.max(1, Math.floor(innerHeight / 2 / (this.rows[0]?.element.offsetHeight || 1))) * this.#columns;
    const many = this.#items.count;
    return { ArrowDown: this.#columns, ArrowUp: -this.#columns, PageDown: page, PageUp: -page, Home: -many, End: many }[
      key
    ];
  }

  /** Brings an item to the screen, and the focus to its link. */
  focus(index) {
    this.reveal(index);
    this.draw();
    this.rows
      .find((row) => row.index === index)
      ?.element.querySelector("a, button")
      ?.focus({ preventScroll: true });
  }

  /** Brings an item to the screen. */
  reveal(index) {
    const rowHeight = this.#rowHeight;
    const screen = this.#screen;
    const top =
      this.#container.getBoundingClientRect().top - screen.top + Math.floor(index / this.#columns) * rowHeight;
    const { scroller } = this.#options;
    const head = scroller ? 0 : Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
    const by = top < head ? top - head : Math.max(0, top + rowHeight - screen.height);
    if (by !== 0) (scroller ?? window).scrollBy(0, by);
  }
}
