// Which sessions match: the API's filters, applied as the service applies them, and the text search.

/** @import { SessionData } from "tidewatch" */
/** @import { Place } from "./address.js" */

/** @typedef {Pick<Place, "status" | "owner" | "metadata">} Filter what the service filters by */

const PAIR = /^([^\s=:]{1,64})=(.*)$/s;
const OWNER = /^owner:(.+)$/is;

/**
 * Whether a session matches the service's filters.
 *
 * @param {Filter} filter
 * @param {SessionData} session
 */
export function passes({ status, owner, metadata }, session) {
  if (status && session.status !== status) return false;
  if (owner && session.owner !== owner) return false;
  return Object.entries(metadata).every(
    ([key, value]) => Object.hasOwn(session.metadata, key) && session.metadata[key] === value,
  );
}

/**
 * Whether a session contains all words of a text: in its id, owner, metadata, reason or failure.
 *
 * @param {string} text
 * @param {SessionData} session
 */
export function contains(text, session) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const { id, owner = "", metadata, releaseReason = "", failure } = session;
  const pairs = Object.entries(metadata).map(([key, value]) => `${key}=${value}`);
  const all = [id, owner, ...pairs, releaseReason, failure?.code ?? "", failure?.message ?? ""]
    .join("\n")
    .toLowerCase();
  return words.every((word) => all.includes(word));
}

/**
 * Splits a typed query: `owner:crawler-7` and `run=17` are filters, the rest is text.
 *
 * @param {string} typed
 * @returns {{owner?: string, metadata: Record<string, string>, text: string}}
 */
export function readQuery(typed) {
  /** @type {ReturnType<typeof readQuery>} */
  const query = { metadata: Object.create(null), text: "" };
  const rest = [];
  for (const word of typed.match(/(?:[^\s"]+|"[^"]*")+/g) ?? []) {
    const bare = word.replaceAll('"', "");
    const [, owner] = OWNER.exec(bare) ?? [];
    const [, key, value = ""] = PAIR.exec(bare) ?? [];
    if (owner) query.owner = owner;
    else if (key) query.metadata[key] = value;
    else rest.push(bare);
  }
  query.text = rest.join(" ");
  return query;
}

/**
 * Whether any filter of the service is set.
 *
 * @param {Filter} filter
 */
export function isFiltered({ status, owner, metadata }) {
  return Boolean(status || owner || Object.keys(metadata).length > 0);
}
