// Chromes that have outlived their Workers runtime. The local browser binding knows its browsers only in the runtime's
// memory. If the runtime dies while a Chrome starts, nothing else can find and close that Chrome.

import { kill, listProcesses, startedBefore } from "../support/processes.mjs";

/**
 * Ends the Chromes of a run that are older than its runtime.
 *
 * @param {string} folder the run's folder
 * @returns {number} how many Chromes were ended
 */
export function endOrphans(folder) {
  const all = listProcesses();
  const runtime = all.find(({ command }) => command.startsWith(`${folder}/workerd `));
  if (!runtime) return 0;
  // A Chrome leads a process group. Its helper processes end with the group.
  const isChrome = (/** @type {import("../support/processes.mjs").FoundProcess} */ { pid, group, command }) =>
    pid === group && command.includes(`--user-data-dir=${folder}/`);
  const orphans = all.filter((found) => isChrome(found) && startedBefore(found, runtime));
  for (const { pid } of orphans) kill(-pid);
  return orphans.length;
}
