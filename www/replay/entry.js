// The events of a recording beside the page itself: navigations, tabs, console, network, gaps. They come from
// strangers: each is parsed, and events of unknown shape are ignored.

/** @import { RecordedEvent } from "tidewatch" */

import { EVENT_TYPE } from "../rrweb.js";
import { isObject } from "./is_object.js";

/** @typedef {"error" | "warn" | "info"} Level */
/** @typedef {number | null} Time in milliseconds since the epoch; null if it is unknown */

/**
 * @typedef {{kind: "page", title: string, detail: string, url: string, isTab?: false}} NavigationFields
 * @typedef {{kind: "page", title: string, detail: string, url: string, isTab: true, isOpened: boolean}} TabFields
 * @typedef {{kind: "console", title: string, detail: string, level: Level}} ConsoleFields
 * @typedef {{kind: "network", title: string, detail: string, level: Level, at?: number}} NetworkFields
 * @typedef {{kind: "gap", title: string, detail: string, level: Level, from: Time, to: Time}} GapFields
 * @typedef {NavigationFields | TabFields | ConsoleFields | NetworkFields | GapFields} Fields
 */

/**
 * An entry of the list beside the player. `at` is in milliseconds since the epoch, `tab` is a tab's id or empty.
 *
 * @typedef {{at: number, tab: string, level?: Level} & Fields} Entry
 */

/** @typedef {Record<string, unknown>} Payload what a stranger has written */

/** @param {unknown} value */
const text = (value, otherwise = "") => (typeof value === "string" ? value : otherwise);

/** @param {unknown} value */
const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);

/**
 * A time as milliseconds since the epoch, from a number or an ISO string.
 *
 * @param {unknown} value
 */
const moment = (value) => number(value) ?? number(Date.parse(text(value)));

/** How each tag's payload is read. @type {Map<string, (payload: Payload) => Fields>} */
const READERS = new Map([
  ["navigation", readNavigation],
  ["tab", readTab],
  ["console", readConsole],
  ["exception", readException],
  ["network", readRequest],
  ["gap", readGap],
]);

/**
 * The entry of an event; null for the page's own events and for events of unknown shape.
 *
 * @param {RecordedEvent} event
 * @returns {Entry | null}
 */
export function readEntry({ type, data, timestamp, tab }) {
  const at = number(timestamp);
  if (type !== EVENT_TYPE.CUSTOM || at === null || !isObject(data)) return null;
  const reader = READERS.get(text(data.tag));
  const { payload } = data;
  return reader && isObject(payload) ? { at, tab: text(tab), ...reader(payload) } : null;
}

/**
 * @param {Payload} payload
 * @returns {Fields}
 */
function readNavigation({ url, title }) {
  const address = text(url);
  return { kind: "page", title: text(title) || address, detail: text(title) ? address : "", url: address };
}

/**
 * @param {Payload} payload
 * @returns {Fields}
 */
function readTab({ opened, url, title }) {
  const isOpened = opened === true;
  return {
    kind: "page",
    isTab: true,
    isOpened,
    title: isOpened ? "Tab opened" : "Tab closed",
    detail: text(title) || text(url),
    url: text(url),
  };
}

/**
 * @param {Payload} payload
 * @returns {Fields}
 */
function readConsole({ level, text: message, url, line }) {
  return { kind: "console", level: levelOf(level), title: text(message), detail: sourceOf(url, line) };
}

/**
 * @param {Payload} payload
 * @returns {Fields}
 */
function readException({ text: message, url, line }) {
  return { kind: "console", level: "error", title: text(message, "Uncaught exception"), detail: sourceOf(url, line) };
}

/**
 * @param {Payload} payload
 * @returns {Fields}
 */
function readGap({ from, to, why }) {
  return {
    kind: "gap",
    level: "warn",
    title: "Not recorded",
    detail: text(why),
    from: moment(from),
    to: moment(to),
  };
}

/**
 * @param {Payload} payload
 * @returns {Fields}
 */
function readRequest({ method, url, status, type, mimeType, startedAt, durationMs, bytes, failed }) {
  const code = number(status);
  const failure = failed === true ? "failed" : text(failed);
  const duration = number(durationMs);
  const size = number(bytes);
  const began = moment(startedAt);
  const facts = [
    failure || (code === null ? "no response" : String(code)),
    text(type) || text(mimeType),
    duration === null ? "" : `${Math.round(duration)} ms`,
    size === null ? "" : formatBytes(size),
  ];
  return {
    ...(began !== null && { at: began }),
    kind: "network",
    level: failure || (code !== null && code >= 400) ? "error" : "info",
    title: `${text(method, "GET")} ${text(url)}`,
    detail: facts.filter(Boolean).join(" · "),
  };
}

/**
 * @param {unknown} level
 * @returns {Level}
 */
function levelOf(level) {
  if (level === "error" || level === "assert") return "error";
  return level === "warn" || level === "warning" ? "warn" : "info";
}

/**
 * @param {unknown} url
 * @param {unknown} line
 */
function sourceOf(url, line) {
  if (!text(url)) return "";
  return number(line) === null ? text(url) : `${text(url)}:${line}`;
}

/**
 * A number of bytes: `812 B`, `4.1 kB`, `12 MB`.
 *
 * @param {number} bytes
 */
export function formatBytes(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
