// The service's time, as far as its answers show it, and a tick for what changes with time.

/** @import { SessionData } from "tidewatch" */

const TICK_MS = 1000;

let offsetMs = 0;

/**
 * Learns the service's time from a live session that was just received: its `duration` ends when the answer was made.
 *
 * @param {SessionData} session
 */
export function readClock({ status, createdAt, duration }) {
  if (status === "live") offsetMs = Date.parse(createdAt) + duration - Date.now();
}

/** The service's time now, in milliseconds since the epoch. */
export const serviceNow = () => Date.now() + offsetMs;

/**
 * Calls `tick` every second while the page is visible, and at once when it becomes visible.
 *
 * @param {() => void} tick
 */
export function onTick(tick) {
  const tickIfVisible = () => {
    if (!document.hidden) tick();
  };
  setInterval(tickIfVisible, TICK_MS);
  document.addEventListener("visibilitychange", tickIfVisible);
}
