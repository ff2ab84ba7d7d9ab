// Which browser it is: the process at the other end of a CDP connection.

import { findProcess } from "../../scripts/support/processes.mjs";
import { browserPid } from "../support/cdp.mjs";

/** @import { Cdp } from "../support/cdp.mjs" */

/**
 * The name of one process, and of no later one with the same id.
 *
 * @param {{pid: number, startedAt: string}} process
 */
export const nameOf = ({ pid, startedAt }) => `${pid}@${startedAt}`;

/**
 * The browser's name as it says itself; undefined if it has ended meanwhile.
 *
 * @param {Cdp} cdp
 */
export async function askName(cdp) {
  const found = findProcess(await browserPid(cdp));
  return found && nameOf(found);
}
