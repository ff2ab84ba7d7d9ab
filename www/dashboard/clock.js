// The service's time, as far as its answers tell it, and a beat for what moves by itself.

const BEAT_MS = 1000;

let ahead = 0;

/** Learns the service's time from a live session that it has just told of: its age counts up to that moment. */
export function readClock({ status, createdAt, duration }) {
  if (status === "live") ahead = Date.parse(createdAt) + duration - Date.now();
}

/** The service's time now, in milliseconds since the epoch. */
export const serviceNow = () => Date.now() + ahead;

/** Calls `beat` each second while the page is seen, and at once when it is seen again. */
export function onBeat(beat) {
  const seen = () => !document.hidden && beat();
  setInterval(seen, BEAT_MS);
  document.addEventListener("visibilitychange", seen);
}
