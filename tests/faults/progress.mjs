// How far a run is, while it goes on.

import { loadFigures, quantile, seconds } from "./summary.mjs";

/** @import { Fault, History } from "./history.mjs" */

const EVERY_MS = 10_000;

/**
 * What to tell after each fault: prints a line now and then.
 *
 * @param {number} count
 */
export function showProgress(count) {
  const began = Date.now();
  let shown = began;
  return (/** @type {History} */ history) => {
    const { faults } = history;
    if (Date.now() - shown < EVERY_MS && faults.length < count) return;
    shown = Date.now();
    const { sessions, calls } = loadFigures(history);
    const load = `${sessions} sessions, ${calls} calls`;
    const after = ((shown - began) / 1000).toFixed(0);
    console.log(`  ${after} s  ${faults.length} of ${count} faults, ${load}${whole(faults)}`);
    if (faults.length === count) console.log("  that was the last; what is left in 30 s is counted");
  };
}

/** @param {Fault[]} faults */
function whole(faults) {
  const times = faults.map(({ wholeMs }) => wholeMs).filter((time) => time !== undefined);
  if (times.length === 0) return "";
  return `; recovered after ${seconds(quantile(times, 0.5))}, ${seconds(Math.max(...times))} at most`;
}
