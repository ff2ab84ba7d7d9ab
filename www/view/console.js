// The page's console. The browser reports it only while the panel is open: reporting slows the page down.

/** @import { CdpEvent, Post, Protocol } from "./cdp.js" */

import { byId } from "../page/by_id.js";

const LINES_MAX = 500;
const TEXT_CHARS_MAX = 2_000;
const ARGUMENTS_MAX = 50;
const LEVELS = ["verbose", "info", "warning", "error"];
const INFO = 1;
const ERROR = 3;
/** @type {Map<string, number>} index into LEVELS; other types are info */
const LEVEL_OF = new Map([
  ["debug", 0],
  ["verbose", 0],
  ["trace", 0],
  ["warning", 2],
  ["error", ERROR],
  ["assert", ERROR],
]);
const SILENT = ["clear", "endGroup", "profile", "profileEnd"];

/** @typedef {{level: number, text: string}} Line */

export class Console {
  #panel = byId("console", HTMLDetailsElement);
  #lines = byId("lines");
  #level = byId("level", HTMLSelectElement);
  #post;
  /** @type {string | undefined} the CDP session of the shown tab */
  #session;
  /** @type {Line[]} lines for the next frame */
  #pending = [];

  /** @param {Post} post */
  constructor(post) {
    this.#post = post;
    this.#panel.addEventListener("toggle", () => this.#toggled());
    this.#level.addEventListener("change", () => this.#applyLevel());
    byId("clear").addEventListener("click", () => this.#clear());
  }

  /**
   * Shows another tab.
   *
   * @param {string | undefined} session its CDP session; undefined for none
   */
  show(session) {
    if (this.#session && this.#panel.open) this.#request("disable");
    this.#session = session;
    this.#clear();
    if (session && this.#panel.open) this.#request("enable");
  }

  /** The connection is lost. The lines stay. */
  forget() {
    this.#session = undefined;
  }

  /**
   * Adds the line of an event of the shown tab.
   *
   * @param {CdpEvent} event
   */
  take(event) {
    if (event.sessionId !== this.#session) return;
    const line = lineOf(event);
    if (!line) return;
    if (this.#pending.length === 0) requestAnimationFrame(() => this.#write());
    this.#pending.push(line);
    if (this.#pending.length > LINES_MAX) this.#pending.splice(0, LINES_MAX / 2);
  }

  #toggled() {
    if (!this.#session) return;
    // The browser repeats earlier lines when they are requested again.
    if (this.#panel.open) this.#clear();
    this.#request(this.#panel.open ? "enable" : "disable");
  }

  /** @param {"enable" | "disable"} verb */
  #request(verb) {
    if (!this.#session) return;
    this.#post(`Runtime.${verb}`, {}, this.#session);
    this.#post(`Log.${verb}`, {}, this.#session);
  }

  #write() {
    const { scrollTop, scrollHeight, clientHeight } = this.#lines;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - 4;
    this.#lines.append(...this.#pending.splice(0).map((line) => this.#item(line)));
    while (this.#lines.children.length > LINES_MAX) this.#lines.firstElementChild?.remove();
    this.#showCount();
    if (isAtEnd) this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  /** @param {Line} line */
  #item({ level, text }) {
    const item = document.createElement("li");
    const name = LEVELS[level] ?? "";
    item.className = name;
    item.dataset.level = String(level);
    item.textContent = level > INFO ? `${name}: ${text}` : text;
    item.hidden = level < Number(this.#level.value);
    return item;
  }

  #applyLevel() {
    for (const item of this.#lines.querySelectorAll("li"))
      item.hidden = Number(item.dataset.level) < Number(this.#level.value);
  }

  #clear() {
    this.#pending.length = 0;
    this.#lines.replaceChildren();
    this.#showCount();
  }

  #showCount() {
    const count = this.#lines.children.length;
    byId("console-count").textContent = count === 0 ? "" : `(${count === LINES_MAX ? `last ${count}` : count})`;
  }
}

/**
 * The console line of an event; undefined if it has none.
 *
 * @param {CdpEvent} event
 * @returns {Line | undefined}
 */
export function lineOf({ method, params }) {
  switch (method) {
    case "Runtime.consoleAPICalled":
      if (SILENT.includes(params.type)) return undefined;
      return line(params.type, formatArguments(params.args ?? []));
    case "Runtime.exceptionThrown": {
      const { text, exception } = params.exceptionDetails;
      return line("error", [text, exception && formatValue(exception)].filter(Boolean).join(" "));
    }
    case "Log.entryAdded": {
      const { level, text, url } = params.entry;
      return line(level, url ? `${text} (${url})` : text);
    }
    default:
      return undefined;
  }
}

/**
 * @param {string} type
 * @param {string} text
 */
const line = (type, text) => ({ level: LEVEL_OF.get(type) ?? INFO, text: String(text).slice(0, TEXT_CHARS_MAX) });

/**
 * The arguments of a console call. The first one may be a format with places for the others.
 *
 * @param {Protocol.Runtime.RemoteObject[]} values
 */
function formatArguments(values) {
  const [first, ...rest] = values.slice(0, ARGUMENTS_MAX);
  if (first?.type !== "string") return values.slice(0, ARGUMENTS_MAX).map(formatValue).join(" ");
  const text = String(first.value).replace(/%[sdifoOc%]/g, (place) => {
    if (place === "%%") return "%";
    const value = rest.shift();
    if (!value) return place;
    return place === "%c" ? "" : formatValue(value);
  });
  return [text, ...rest.map(formatValue)].join(" ");
}

/** @param {Protocol.Runtime.RemoteObject} object */
function formatValue({ type, subtype, value, unserializableValue, description, preview }) {
  if (type === "string") return String(value);
  if (preview && subtype !== "error" && subtype !== "node") return formatPreview(preview);
  return String(unserializableValue ?? description ?? value ?? type);
}

/** @param {Protocol.Runtime.ObjectPreview} preview */
function formatPreview({ subtype, description, properties, overflow }) {
  const isArray = subtype === "array";
  const parts = properties.map(({ name, value, type }) => {
    const text = type === "string" ? JSON.stringify(value) : String(value ?? type);
    return isArray ? text : `${name}: ${text}`;
  });
  const all = [...parts, ...(overflow ? ["…"] : [])].join(", ");
  if (isArray) return `[${all}]`;
  return description === "Object" ? `{${all}}` : `${description} {${all}}`;
}
