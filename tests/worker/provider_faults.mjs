// The scene of tests about a provider that fails.

import { until } from "../support/waits.mjs";

/**
 * @import { SessionData } from "../../src/client/types.ts"
 * @import { BrowserRun } from "../browser_run/simulator.mjs"
 * @import { Project } from "../support/project.mjs"
 */

/** One slot, so that a slot that is not freed is noticed at once. */
export const ONE_SLOT = { vars: { LIVE_SESSIONS_MAX: "1" } };
// A close that failed is made again after a second, or after two.
const LEFT_WITHIN_MS = 15_000;

/**
 * The provider behaves from now on, and no browser may be left.
 *
 * @param {BrowserRun} provider
 */
export async function noneLeft(provider) {
  provider.usual();
  try {
    await until("no browser is left", () => provider.running().length === 0, LEFT_WITHIN_MS);
  } finally {
    for (const browser of provider.account.running()) provider.kill(browser);
  }
}

/**
 * A session, as soon as the project's one slot is free.
 *
 * @param {Project} project
 * @returns {Promise<SessionData>}
 */
export function whenFree(project) {
  return until("the slot is free", async () => {
    const answer = await project.create();
    return answer.status === 201 && answer.body;
  });
}
