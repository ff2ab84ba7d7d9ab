// What of the dashboard is in its address: filters, range and the open session, so that a link shows the same again.
//
// The names are those of the API: `?status=failed&owner=crawler-7&metadata[run]=17&q=shop&range=7d&session=ID`.

export const STATUSES = ["live", "released", "failed"];
export const RANGES = ["24h", "7d", "30d"];

const DEFAULT_RANGE = "7d";
const METADATA = /^metadata\[([^]*)\]$/;

/**
 * @typedef {object} Place what a person looks at
 * @property {string | null} status one of STATUSES, or all
 * @property {string | null} owner
 * @property {Record<string, string>} metadata
 * @property {string} text searched for in what is loaded
 * @property {string} range one of RANGES
 * @property {string | null} session whose details are open
 */

/** @returns {Place} what an address names; anything else in it counts as absent */
export function readAddress(search) {
  const parameters = new URLSearchParams(search);
  const one = (name, allowed) => (allowed.includes(parameters.get(name)) ? parameters.get(name) : null);
  // Without a prototype, because a key may be `__proto__`.
  const metadata = Object.create(null);
  for (const [name, value] of parameters) {
    const [, key] = METADATA.exec(name) ?? [];
    if (key) metadata[key] = value;
  }
  return {
    status: one("status", STATUSES),
    owner: parameters.get("owner") || null,
    metadata,
    text: parameters.get("q") ?? "",
    range: one("range", RANGES) ?? DEFAULT_RANGE,
    session: parameters.get("session") || null,
  };
}

/** The address of a place; what is as it is by default is left out. */
export function writeAddress({ status, owner, metadata, text, range, session }) {
  const parameters = new URLSearchParams();
  if (status) parameters.set("status", status);
  if (owner) parameters.set("owner", owner);
  for (const key of Object.keys(metadata).sort()) parameters.set(`metadata[${key}]`, metadata[key]);
  if (text) parameters.set("q", text);
  if (range !== DEFAULT_RANGE) parameters.set("range", range);
  if (session) parameters.set("session", session);
  const query = parameters.toString();
  return query ? `/?${query}` : "/";
}
