// Waits with a time limit.

import { setTimeout as pause } from "node:timers/promises";

// A machine under load takes seconds where it takes milliseconds alone.
const WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 20;

/**
 * Waits until `condition` returns a truthy value, and returns that value.
 *
 * @template T
 * @param {string} what is waited for, for the error
 * @param {() => T | Promise<T>} condition
 * @param {number} [withinMs]
 * @returns {Promise<Exclude<Awaited<T>, false | null | undefined | 0 | "">>}
 */
export async function until(what, condition, withinMs = WITHIN_MS) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const result = await condition();
    if (result) return /** @type {Exclude<Awaited<T>, false | null | undefined | 0 | "">} */ (result);
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}

/**
 * The result of a promise; fails when that takes too long.
 *
 * @template T
 * @param {string} what is waited for, for the error
 * @param {Promise<T>} promise
 * @param {number} [withinMs]
 * @returns {Promise<T>}
 */
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
