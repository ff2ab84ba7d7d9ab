// What the page and the player say to each other. The player plays what strangers have written: nothing that it says is taken
// but these shapes.

const isTime = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0;

// What the player may say, each with what must hold of it.
const SAID = {
  ready: () => true,
  shown: () => true,
  at: ({ ms }) => isTime(ms),
  playing: ({ playing }) => typeof playing === "boolean",
  finished: () => true,
  trouble: ({ message }) => typeof message === "string" && message.length <= 300,
};

/** What the player has said; null if it is of no known shape. */
export function readSaid(message) {
  if (typeof message !== "object" || message === null || !Object.hasOwn(SAID, message.type)) return null;
  return SAID[message.type](message) ? message : null;
}
