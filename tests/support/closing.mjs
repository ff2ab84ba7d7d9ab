// Closes at the end of a test file what the file has opened, the last one first.

import { after } from "node:test";

/** @type {(() => unknown)[]} */
const closers = [];

after(async () => {
  for (const close of closers.reverse()) await close();
});

/**
 * Closes a thing at the end of the file's tests; returns the thing.
 *
 * @template T
 * @param {T} thing
 * @param {(thing: T) => unknown} close
 * @returns {T}
 */
export function closing(thing, close) {
  closers.push(() => close(thing));
  return thing;
}
