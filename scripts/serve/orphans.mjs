// Chromes that have outlived their Workers runtime. The local browser binding knows its browsers in the runtime's memory
// alone: one whose start was under way when the runtime died can be found and closed by nobody any more.

import { kill, listProcesses, startedBefore } from "../support/processes.mjs";

/**
 * Ends the Chromes of a run that are older than its runtime.
 *
 * @param {string} folder the run's
 * @returns {number} how many there were
 */
export function endOrphans(folder) {
  const all = listProcesses();
  const runtime = all.find(({ command }) => command.startsWith(`${folder}/workerd `));
  if (!runtime) return 0;
  // A Chrome leads a process group, with which its helpers end.
  const isChrome = ({ pid, group, command }) => pid === group && command.includes(`--user-data-dir=${folder}/`);
  const orphans = all.filter((found) => isChrome(found) && startedBefore(found, runtime));
  for (const { pid } of orphans) kill(-pid);
  return orphans.length;
}
