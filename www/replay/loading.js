// Loads a recording page by page, and waits for pages that are not stored yet.

/** @import { EventsPage, RecordedEvent, RecordedEventsOptions, CallOptions } from "tidewatch" */

const PAGE = 1000;
// A recorder stores events within 5 s.
const RETRY_AFTER_MS = 2000;

/**
 * The part of the client that is used here.
 *
 * @typedef {object} EventsClient
 * @property {object} sessions
 * @property {(id: string, options?: RecordedEventsOptions, call?: CallOptions) => Promise<EventsPage>} sessions.events
 */

/**
 * @param {number} ms
 * @param {AbortSignal} signal ends the pause early
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}

/**
 * Yields the recording's events, a page at a time, until the recording is over.
 *
 * @param {EventsClient} client
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<{events: RecordedEvent[], isWaiting: boolean}>} `isWaiting`: no more events are stored yet
 */
export async function* readEvents(client, id, signal) {
  /** @type {string | undefined} */
  let pointer;
  while (!signal.aborted) {
    const options = pointer === undefined ? { limit: PAGE } : { limit: PAGE, pointer };
    const { events, nextCursor } = await client.sessions.events(id, options, { signal });
    const isOver = nextCursor === null || nextCursor === undefined;
    const isWaiting = !isOver && events.length === 0;
    yield { events, isWaiting };
    if (isOver) return;
    pointer = nextCursor;
    if (isWaiting) await pause(RETRY_AFTER_MS, signal);
  }
}
