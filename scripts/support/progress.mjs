// Shows that long commands are alive, also when several run at once. On a terminal each has a line that is redrawn;
// elsewhere each prints a line now and then.

const REDRAW_EVERY_MS = 500;
const PRINT_EVERY_MS = 15_000;
const PRINTED_LENGTH_MAX = 160;
const COLUMNS_DEFAULT = 80;

/**
 * A command that runs now.
 *
 * @typedef {object} Running
 * @property {string} label what to call it beside others
 * @property {number} began milliseconds since the epoch
 * @property {readonly string[]} lines its output so far; the last line is shown
 */

/** @type {Set<Running>} */
const running = new Set();
let linesDrawn = 0;
/** @type {NodeJS.Timeout | undefined} */
let timer;

/**
 * Shows a command's progress until the returned function is called.
 *
 * @param {Running} command
 * @returns {() => void}
 */
export function showProgress(command) {
  running.add(command);
  const { isTTY } = process.stdout;
  timer ??= setInterval(isTTY ? redraw : printAll, isTTY ? REDRAW_EVERY_MS : PRINT_EVERY_MS);
  return () => {
    running.delete(command);
    if (isTTY) redraw();
    if (running.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/**
 * Prints a text above the progress of what runs.
 *
 * @param {string} text
 */
export function print(text) {
  erase();
  console.log(text);
  if (process.stdout.isTTY) redraw();
}

function printAll() {
  for (const command of running) console.log(describe(command).slice(0, PRINTED_LENGTH_MAX));
}

function redraw() {
  erase();
  const width = (process.stdout.columns || COLUMNS_DEFAULT) - 1;
  for (const command of running) process.stdout.write(`${describe(command).slice(0, width)}\n`);
  linesDrawn = running.size;
}

// Cursor up by the lines drawn, then clear to the end of the screen.
function erase() {
  if (linesDrawn > 0) process.stdout.write(`\x1b[${linesDrawn}A\x1b[J`);
  linesDrawn = 0;
}

/** @param {Running} command */
function describe({ label, began, lines }) {
  const seconds = Math.round((Date.now() - began) / 1000);
  const owner = running.size > 1 ? `${label}: ` : "";
  return `  ${seconds} s  ${owner}${lines.at(-1)?.trim() ?? ""}`;
}
