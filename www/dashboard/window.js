// Which rows of a long list are to be drawn: those on the screen, and some around them.

/**
 * @param {object} list
 * @param {number} list.count how many items there are
 * @param {number} list.perRow how many stand side by side
 * @param {number} list.rowHeight in pixels, the gap below included
 * @param {number} list.top where the list begins, in pixels from the top of the screen; negative once it is scrolled
 * @param {number} list.screen height of the screen in pixels
 * @param {number} list.around how many rows more on each side
 * @returns {{first: number, end: number, height: number}} the items from `first` to before `end`, and the whole list's height
 */
export function windowOf({ count, perRow, rowHeight, top, screen, around }) {
  const rows = Math.ceil(count / perRow);
  const clamp = (row) => Math.min(rows, Math.max(0, row));
  const firstRow = clamp(Math.floor(-top / rowHeight) - around);
  const endRow = clamp(Math.ceil((screen - top) / rowHeight) + around);
  return { first: firstRow * perRow, end: Math.min(count, endRow * perRow), height: rows * rowHeight };
}
