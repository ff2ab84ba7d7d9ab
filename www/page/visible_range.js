// Which rows of a long list to render: the rows on the screen and some around them.

/**
 * @typedef {object} Range
 * @property {number} first index of the first item to render
 * @property {number} end index after the last item to render
 * @property {number} height of the complete list, in pixels
 */

/**
 * @param {object} list
 * @param {number} list.count how many items there are
 * @param {number} list.perRow how many items are side by side
 * @param {number} list.rowHeight in pixels, with the gap below
 * @param {number} list.top where the list begins, in pixels from the top of the screen; negative once it is scrolled
 * @param {number} list.screen height of the screen in pixels
 * @param {number} list.around how many more rows on each side
 * @returns {Range}
 */
export function visibleRange({ count, perRow, rowHeight, top, screen, around }) {
  const rows = Math.ceil(count / perRow);
  const clamp = (/** @type {number} */ row) => Math.min(rows, Math.max(0, row));
  const firstRow = clamp(Math.floor(-top / rowHeight) - around);
  const endRow = clamp(Math.ceil((screen - top) / rowHeight) + around);
  return { first: firstRow * perRow, end: Math.min(count, endRow * perRow), height: rows * rowHeight };
}
