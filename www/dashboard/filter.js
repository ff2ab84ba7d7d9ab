// Which sessions are meant: the API's filters, as the service applies them, and the text that is searched for.

const PAIR = /^([^\s=:]{1,64})=(.*)$/s;
const OWNER = /^owner:(.+)$/is;

/** Whether a session passes the filters that the service knows. */
export function passes({ status, owner, metadata }, session) {
  if (status && session.status !== status) return false;
  if (owner && session.owner !== owner) return false;
  return Object.entries(metadata).every(
    ([key, value]) => Object.hasOwn(session.metadata, key) && session.metadata[key] === value,
  );
}

/** Whether all words of a text are somewhere in a session: its id, owner, metadata, reason or failure. */
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
 * What a person typed, taken apart: `owner:crawler-7` and `run=17` are filters, as soon as they are entered; the rest is text.
 *
 * @returns {{owner?: string, metadata: Record<string, string>, text: string}}
 */
export function readQuery(typed) {
  const query = { metadata: Object.create(null), text: "" };
  const rest = [];
  for (const word of typed.match(/(?:[^\s"]+|"[^"]*")+/g) ?? []) {
    const bare = word.replaceAll('"', "");
    const [, owner] = OWNER.exec(bare) ?? [];
    const [, key, value] = PAIR.exec(bare) ?? [];
    if (owner) query.owner = owner;
    else if (key) query.metadata[key] = value;
    else rest.push(bare);
  }
  query.text = rest.join(" ");
  return query;
}

/** Whether any filter of the service is set. */
export function isFiltered({ status, owner, metadata }) {
  return Boolean(status || owner || Object.keys(metadata).length > 0);
}
