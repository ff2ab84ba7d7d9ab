// Times within a recording.

/** `0:07`, `12:34`, `1:02:03`, rounded down to the second. */
export function timeInWords(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const pad = (value) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

/**
 * Where marks stand on a line: of those that fall together the gravest is kept, so that their number has a bound.
 *
 * @param {{at: number, kind: string, level?: string}[]} entries in order of time
 * @returns {{share: number, kind: string}[]} `share` of the line, 0 to 1
 */
export function marksOf(entries, start, duration, places = 240) {
  const rank = { error: 3, gap: 2, page: 1 };
  const marks = new Map();
  for (const { at, kind, level } of entries) {
    const mark = level === "error" ? "error" : kind;
    if (!rank[mark] || duration <= 0) continue;
    const place = Math.min(places, Math.max(0, Math.round(((at - start) / duration) * places)));
    if ((rank[marks.get(place)] ?? 0) < rank[mark]) marks.set(place, mark);
  }
  return [...marks].map(([place, kind]) => ({ share: place / places, kind }));
}
