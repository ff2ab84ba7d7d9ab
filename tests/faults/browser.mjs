// Which browser it is: the process at the other end of a CDP connection.

import { findProcess } from "../../scripts/support/processes.mjs";

/** One process, and no later one of the same id. */
export const nameOf = ({ pid, startedAt }) => `${pid}@${startedAt}`;

/** The browser's name as it says itself; undefined if it has ended meanwhile. */
export async function askName(cdp) {
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  const found = findProcess(processInfo.find(({ type }) => type === "browser").id);
  return found && nameOf(found);
}
