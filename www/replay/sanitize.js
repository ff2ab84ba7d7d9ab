// Removes what would make the browser contact other hosts before it applies the rules of the player's document.

/** @import { PlayedEvent } from "./recording.js" */

import { EVENT_TYPE, SOURCE } from "../rrweb.js";
import { isObject } from "./is_object.js";

/**
 * A copy of an event without connection hints, or the event itself if it can't have any.
 *
 * @param {PlayedEvent} event
 * @returns {PlayedEvent}
 */
export function sanitize(event) {
  const { type, data } = event;
  if (!isObject(data)) return event;
  if (type === EVENT_TYPE.FULL_SNAPSHOT && data.node)
    return { ...event, data: { ...data, node: sanitizeNode(data.node) } };
  if (type === EVENT_TYPE.INCREMENTAL_SNAPSHOT && data.source === SOURCE.MUTATION)
    return { ...event, data: sanitizeMutation(data) };
  return event;
}

/** @param {Record<string, unknown>} mutation */
function sanitizeMutation(mutation) {
  const { adds, attributes } = mutation;
  const copy = { ...mutation };
  if (Array.isArray(adds))
    copy.adds = adds.map((add) => (isObject(add) ? { ...add, node: sanitizeNode(add.node) } : add));
  // A change of attributes does not say which element it is for. No element needs hints.
  if (Array.isArray(attributes))
    copy.attributes = attributes.map((change) =>
      isObject(change) ? { ...change, attributes: withoutHints(change.attributes) } : change,
    );
  return copy;
}

/**
 * @param {unknown} node
 * @returns {unknown}
 */
function sanitizeNode(node) {
  if (!isObject(node)) return node;
  const copy = { ...node };
  if (node.attributes) copy.attributes = withoutHints(node.attributes);
  if (Array.isArray(node.childNodes)) copy.childNodes = node.childNodes.map(sanitizeNode);
  return copy;
}

const HINT = /prefetch|preconnect|preload|prerender/i;

/** @param {unknown} attributes */
function withoutHints(attributes) {
  if (!isObject(attributes)) return attributes;
  const kept = Object.entries(attributes).filter(([name, value]) => {
    const key = name.toLowerCase();
    if (key === "rel") return !HINT.test(String(value));
    return key !== "http-equiv" && key !== "ping";
  });
  return Object.fromEntries(kept);
}
