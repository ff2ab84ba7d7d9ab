// Times within a recording.

/**
 * `0:07`, `12:34`, `1:02:03`, rounded down to the second.
 *
 * @param {number} milliseconds
 */
export function formatTime(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const pad = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

/** Kinds of marks, the most important last. Entries of other kinds have no mark. */
const MARKS = ["page", "gap", "error"];

/**
 * The marks on the timeline. It has a limited number of places, each with its most important mark.
 *
 * @param {{at: number, kind: string, level?: string}[]} entries in order of time
 * @param {number} start of the recording, in milliseconds since the epoch
 * @param {number} duration in milliseconds
 * @param {number} [places]
 * @returns {{share: number, kind: string}[]} `share` is the position on the timeline, 0 to 1
 */
export function marksOf(entries, start, duration, places = 240) {
  /** @type {Map<number, number>} index into MARKS, by place */
  const marks = new Map();
  for (const { at, kind, level } of entries) {
    const rank = MARKS.indexOf(level === "error" ? "error" : kind);
    if (rank < 0 || duration <= 0) continue;
    const place = Math.min(places, Math.max(0, Math.round(((at - start) / duration) * places)));
    if ((marks.get(place) ?? -1) < rank) marks.set(place, rank);
  }
  return [...marks].map(([place, rank]) => ({ share: place / places, kind: MARKS[rank] ?? "" }));
}
