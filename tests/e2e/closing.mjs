// What a test file has opened, closed at its end: the last one first.

import { after } from "node:test";

const closers = [];

after(async () => {
  for (const close of closers.reverse()) await close();
});

/** Closes a thing at the end of the file's tests; answers the thing. */
export function closing(thing, close) {
  closers.push(() => close(thing));
  return thing;
}
