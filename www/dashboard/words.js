// What people read: spans of time, reasons and counts in words.

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const REASONS = {
  user_requested: "Released",
  timeout: "Time was up",
  inactivity_timeout: "Nobody used it",
  client_disconnected: "Its client was gone",
  startup_failed: "Did not start",
  browser_closed: "Browser was closed",
  browser_crashed: "Browser crashed",
  browser_lost: "Browser was lost",
  provider_error: "Provider failed",
};

/** Why a session ended. A newer service may have reasons that are not known here. */
export function reasonInWords(reason) {
  if (!reason) return "Ended";
  return Object.hasOwn(REASONS, reason) ? REASONS[reason] : reason.replaceAll("_", " ");
}

/** A span of time by its two largest units: `850 ms`, `42 s`, `4 min 12 s`, `3 h 5 min`, `2 d 4 h`. */
export function spanInWords(milliseconds) {
  const span = Math.max(0, milliseconds);
  if (span > 0 && span < SECOND_MS) return `${Math.round(span)} ms`;
  const seconds = Math.floor(span / SECOND_MS);
  const parts = [
    [Math.floor(span / DAY_MS), "d"],
    [Math.floor(span / HOUR_MS) % 24, "h"],
    [Math.floor(span / MINUTE_MS) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0 s";
  const told = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return told.map(([count, unit]) => `${count} ${unit}`).join(" ");
}

/** How long ago something was: `just now`, `4 min ago`, `3 h ago`, `2 d ago`. */
export function agoInWords(milliseconds) {
  if (milliseconds < MINUTE_MS) return "just now";
  if (milliseconds < HOUR_MS) return `${Math.floor(milliseconds / MINUTE_MS)} min ago`;
  if (milliseconds < DAY_MS) return `${Math.floor(milliseconds / HOUR_MS)} h ago`;
  return `${Math.floor(milliseconds / DAY_MS)} d ago`;
}

/** A number with its thousands apart. Without `Intl`, which takes a page 25 ms to load. */
export function figure(value) {
  return String(value).replace(/(?<!\.\d*)\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `1 session`, `12 sessions`, `10,000 sessions`. */
export function countInWords(count, noun) {
  return `${figure(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A moment in the reader's own time zone, to the second. */
export function momentInWords(iso) {
  const moment = new Date(iso);
  if (Number.isNaN(moment.valueOf())) return "–";
  return moment.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}

/** The part of an id that a person compares: of a UUID of version 7 the beginning is its time, so the end tells more. */
export function shortId(id) {
  return id.length > 20 ? `${id.slice(0, 8)}…${id.slice(-6)}` : id;
}
