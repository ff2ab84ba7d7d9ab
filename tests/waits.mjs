// Waits that have an end.

import { setTimeout as pause } from "node:timers/promises";

// A machine under load takes seconds where it takes milliseconds alone.
const WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 20;

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

/** What a promise comes to; fails if that takes too long. */
export async function within(what, promise, withinMs = WITHIN_MS) {
  const timer = new AbortController();
  const late = pause(withinMs, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new Error(`Not within ${withinMs} ms: ${what}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => {});
  }
}
