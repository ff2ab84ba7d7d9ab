// What a recording says beside the page itself: navigations, tabs, console, network, gaps. All of it was written by strangers,
// so each is parsed to a shape of its own, and what has another shape is left out.

const CUSTOM = 5;

const text = (value, otherwise = "") => (typeof value === "string" ? value : otherwise);
const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);
const moment = (value) => number(value) ?? number(Date.parse(text(value)));

// For each tag what it tells: its kind (how it can be filtered), how grave it is, and its words.
const READERS = {
  navigation: ({ url, title }) => ({
    kind: "page",
    title: text(title, "Another page"),
    detail: text(url),
    url: text(url),
  }),
  tab: ({ opened, url, title }) => ({
    kind: "page",
    isTab: true,
    isOpened: opened === true,
    title: opened === true ? "Tab opened" : "Tab closed",
    detail: text(title) || text(url),
    url: text(url),
  }),
  console: ({ level, text: said, url, line }) => ({
    kind: "console",
    level: levelOf(level),
    title: text(said),
    detail: placeOf(url, line),
  }),
  exception: ({ text: said, url, line }) => ({
    kind: "console",
    level: "error",
    title: text(said, "Uncaught exception"),
    detail: placeOf(url, line),
  }),
  network: readRequest,
  gap: ({ from, to, why }) => ({
    kind: "gap",
    level: "warn",
    title: "Nothing was recorded",
    detail: text(why),
    from: moment(from),
    to: moment(to),
  }),
};

/**
 * An entry of the list beside the player.
 *
 * @returns {{at: number, tab: string, kind: "page" | "console" | "network" | "gap", level?: string, title: string, detail: string} | null}
 * null for what is no entry: the page's own events, and what has no known shape. `at` in milliseconds since the epoch
 */
export function readEntry({ type, data, timestamp, tab }) {
  const at = number(timestamp);
  if (type !== CUSTOM || at === null || !Object.hasOwn(READERS, data?.tag)) return null;
  const { payload } = data;
  if (typeof payload !== "object" || payload === null) return null;
  return { at, tab: text(tab), ...READERS[data.tag](payload) };
}

function readRequest({ method, url, status, type, mimeType, startedAt, durationMs, bytes, failed }) {
  const code = number(status);
  const reason = failed === true ? "failed" : text(failed);
  const took = number(durationMs);
  const size = number(bytes);
  const began = moment(startedAt);
  const facts = [
    reason || (code === null ? "no answer" : String(code)),
    text(type) || text(mimeType),
    took === null ? "" : `${Math.round(took)} ms`,
    size === null ? "" : bytesInWords(size),
  ];
  return {
    ...(began !== null && { at: began }),
    kind: "network",
    level: reason || code >= 400 ? "error" : "info",
    title: `${text(method, "GET")} ${text(url)}`,
    detail: facts.filter(Boolean).join(" · "),
  };
}

function levelOf(level) {
  if (level === "error" || level === "assert") return "error";
  return level === "warn" || level === "warning" ? "warn" : "info";
}

function placeOf(url, line) {
  if (!text(url)) return "";
  return number(line) === null ? text(url) : `${text(url)}:${line}`;
}

/** A number of bytes: `812 B`, `4.1 kB`, `12 MB`. */
export function bytesInWords(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
