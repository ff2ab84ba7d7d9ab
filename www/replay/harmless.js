// Takes out of a recording what would make a browser turn to other hosts before any rule of the player's document is asked.

const FULL_SNAPSHOT = 2;
const INCREMENTAL = 3;
const MUTATION = 0;

/** A copy of an event without it, or the event itself if there is nothing to take out. */
export function harmless(event) {
  if (event.type === FULL_SNAPSHOT && event.data?.node)
    return { ...event, data: { ...event.data, node: node(event.data.node) } };
  if (event.type !== INCREMENTAL || event.data?.source !== MUTATION) return event;
  const { adds, attributes } = event.data;
  return {
    ...event,
    data: {
      ...event.data,
      ...(Array.isArray(adds) && { adds: adds.map((add) => ({ ...add, node: node(add.node) })) }),
      // Which element a change of attributes is about is not told: no element needs these.
      ...(Array.isArray(attributes) && {
        attributes: attributes.map((change) => ({ ...change, attributes: withoutHints(change.attributes) })),
      }),
    },
  };
}

function node(it) {
  if (typeof it !== "object" || it === null) return it;
  const copy = { ...it };
  if (it.attributes) copy.attributes = withoutHints(it.attributes);
  if (Array.isArray(it.childNodes)) copy.childNodes = it.childNodes.map(node);
  return copy;
}

const HINT = /prefetch|preconnect|preload|prerender/i;

function withoutHints(attributes) {
  if (typeof attributes !== "object" || attributes === null) return attributes;
  const kept = Object.entries(attributes).filter(([name, value]) => {
    const key = name.toLowerCase();
    if (key === "rel") return !HINT.test(String(value));
    return key !== "http-equiv" && key !== "ping";
  });
  return Object.fromEntries(kept);
}
