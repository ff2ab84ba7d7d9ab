// Reads a recording page by page, and waits for what is not stored yet.

const PAGE = 1000;
// What a recorder holds back reaches the store within 5 s.
const LOOK_AGAIN_MS = 2000;

const pause = (ms, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });

/**
 * Gives the recording's events, a page at a time, until it is over.
 *
 * @returns {AsyncGenerator<{events: object[], isWaiting: boolean}>} `isWaiting` says that there is no more for now
 */
export async function* readEvents(client, id, signal) {
  let pointer;
  while (!signal.aborted) {
    const options = pointer === undefined ? { limit: PAGE } : { limit: PAGE, pointer };
    const { events, nextCursor } = await client.sessions.events(id, options, { signal });
    const isOver = nextCursor === null || nextCursor === undefined;
    const isWaiting = !isOver && events.length === 0;
    yield { events, isWaiting };
    if (isOver) return;
    pointer = nextCursor;
    if (isWaiting) await pause(LOOK_AGAIN_MS, signal);
  }
}
