// Formats durations, dates, counts and reasons as text for people.

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** @type {Map<string, string>} */
const REASONS = new Map([
  ["user_requested", "Released"],
  ["timeout", "Timed out"],
  ["inactivity_timeout", "Idle timeout"],
  ["client_disconnected", "Client disconnected"],
  ["startup_failed", "Failed to start"],
  ["browser_closed", "Browser closed"],
  ["browser_crashed", "Browser crashed"],
  ["browser_lost", "Browser lost"],
  ["provider_error", "Provider error"],
]);

/**
 * Why a session ended. A newer service may have reasons that are not listed here.
 *
 * @param {string} [reason] the API's `releaseReason`
 */
export function formatReason(reason) {
  if (!reason) return "Ended";
  return REASONS.get(reason) ?? reason.replaceAll("_", " ");
}

/**
 * A duration by its two largest units: `850 ms`, `42 s`, `4 min 12 s`, `3 h 5 min`, `2 d 4 h`.
 *
 * @param {number} milliseconds negative counts as 0
 */
export function formatDuration(milliseconds) {
  const span = Math.max(0, milliseconds);
  if (span > 0 && span < SECOND_MS) return `${Math.round(span)} ms`;
  const parts = [
    { count: Math.floor(span / DAY_MS), unit: "d" },
    { count: Math.floor(span / HOUR_MS) % 24, unit: "h" },
    { count: Math.floor(span / MINUTE_MS) % 60, unit: "min" },
    { count: Math.floor(span / SECOND_MS) % 60, unit: "s" },
  ];
  const first = parts.findIndex(({ count }) => count > 0);
  if (first < 0) return "0 s";
  const shown = parts.slice(first, first + 2).filter(({ count }) => count > 0);
  return shown.map(({ count, unit }) => `${count} ${unit}`).join(" ");
}

/**
 * How long ago something was: `just now`, `4 min ago`, `3 h ago`, `2 d ago`.
 *
 * @param {number} milliseconds
 */
export function formatAgo(milliseconds) {
  if (milliseconds < MINUTE_MS) return "just now";
  if (milliseconds < HOUR_MS) return `${Math.floor(milliseconds / MINUTE_MS)} min ago`;
  if (milliseconds < DAY_MS) return `${Math.floor(milliseconds / HOUR_MS)} h ago`;
  return `${Math.floor(milliseconds / DAY_MS)} d ago`;
}

/**
 * A number with commas between thousands. Does not use `Intl`, which takes a page 25 ms to load.
 *
 * @param {number} value
 */
export function formatNumber(value) {
  return String(value).replace(/(?<!\.\d*)\B(?=(\d{3})+(?!\d))/g, ",");
}

/**
 * `1 session`, `12 sessions`, `10,000 sessions`.
 *
 * @param {number} count
 * @param {string} noun in the singular
 */
export function formatCount(count, noun) {
  return `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * A date and time in the reader's own time zone, to the second.
 *
 * @param {string} iso
 */
export function formatDateTime(iso) {
  const moment = new Date(iso);
  if (Number.isNaN(moment.valueOf())) return "–";
  return moment.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}

/**
 * The parts of an id that a person compares. A UUID of version 7 begins with its time, so its end tells sessions apart.
 *
 * @param {string} id
 */
export function shortId(id) {
  return id.length > 20 ? `${id.slice(0, 8)}…${id.slice(-6)}` : id;
}
