// What the dashboard keeps in its address: filters, range and the open session. A link to it shows the same again.
//
// The names are those of the API: `?status=failed&owner=crawler-7&metadata[run]=17&q=shop&range=7d&session=ID`.

/** @import { SessionStatus } from "tidewatch" */

/** @typedef {"24h" | "7d" | "30d"} Range */

/**
 * What the dashboard shows.
 *
 * @typedef {object} Place
 * @property {SessionStatus | null} status null for all
 * @property {string | null} owner
 * @property {Record<string, string>} metadata
 * @property {string} text what the loaded sessions are searched for
 * @property {Range} range
 * @property {string | null} session the session whose details are open
 */

/** @type {readonly SessionStatus[]} */
export const STATUSES = ["live", "released", "failed"];
/** @type {readonly Range[]} */
export const RANGES = ["24h", "7d", "30d"];

const DEFAULT_RANGE = "7d";
const METADATA = /^metadata\[(.*)\]$/s;

/**
 * The place that an address names. Unknown parameters and values are ignored.
 *
 * @param {string} search the address's query, with or without `?`
 * @returns {Place}
 */
export function readAddress(search) {
  const parameters = new URLSearchParams(search);
  // Without a prototype, because a key may be `__proto__`.
  const metadata = Object.create(null);
  for (const [name, value] of parameters) {
    const [, key] = METADATA.exec(name) ?? [];
    if (key) metadata[key] = value;
  }
  return {
    status: oneOf(STATUSES, parameters.get("status")) ?? null,
    owner: parameters.get("owner") || null,
    metadata,
    text: parameters.get("q") ?? "",
    range: oneOf(RANGES, parameters.get("range")) ?? DEFAULT_RANGE,
    session: parameters.get("session") || null,
  };
}

/**
 * @template {string} Value
 * @param {readonly Value[]} allowed
 * @param {string | null} text
 */
const oneOf = (allowed, text) => allowed.find((value) => value === text);

/**
 * The address of a place. Defaults are left out.
 *
 * @param {Place} place
 */
export function writeAddress({ status, owner, metadata, text, range, session }) {
  const parameters = new URLSearchParams();
  if (status) parameters.set("status", status);
  if (owner) parameters.set("owner", owner);
  for (const [key, value] of Object.entries(metadata).sort(byKey)) parameters.set(`metadata[${key}]`, value);
  if (text) parameters.set("q", text);
  if (range !== DEFAULT_RANGE) parameters.set("range", range);
  if (session) parameters.set("session", session);
  const query = parameters.toString();
  return query ? `/?${query}` : "/";
}

/**
 * @param {[string, string]} a
 * @param {[string, string]} b
 */
const byKey = ([a], [b]) => (a < b ? -1 : Number(a > b));
