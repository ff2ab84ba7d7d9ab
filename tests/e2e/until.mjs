// Waits that have an end.

import { setTimeout as pause } from "node:timers/promises";

const LOOK_EVERY_MS = 25;
// A machine under load starts and ends Chrome in seconds rather than in one.
const WITHIN_MS = 30_000;

/** Waits until `condition` gives something true, and gives that back. */
export async function until(what, condition, withinMs = WITHIN_MS) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}
