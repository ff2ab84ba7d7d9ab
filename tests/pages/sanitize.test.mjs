// What is taken out of a recording before it is played, and what the player may say.

import assert from "node:assert/strict";
import { test } from "node:test";

import { sanitize } from "../../www/replay/sanitize.js";
import { readPlayerMessage } from "../../www/replay/messages.js";

/**
 * @param {{rel: string, href?: string, _cssText?: string}} attributes
 */
const link = (attributes) => ({ type: 2, tagName: "link", id: 1, attributes, childNodes: [] });
/** @param {unknown[]} childNodes */
const full = (...childNodes) => ({
  type: 2,
  timestamp: 1,
  data: { node: { type: 0, id: 0, childNodes }, initialOffset: { top: 0, left: 0 } },
});
/** @param {{data: any}} event */
const first = (event) => event.data.node.childNodes[0].attributes;

test("resource hints to other hosts are removed from every element", () => {
  for (const rel of ["preconnect", "dns-prefetch", "PREFETCH", "stylesheet preload", "modulepreload", "prerender"]) {
    assert.deepEqual(first(sanitize(full(link({ rel, href: "http://other/" })))), { href: "http://other/" }, rel);
  }
  assert.deepEqual(
    first(
      sanitize(
        full({
          type: 2,
          tagName: "meta",
          attributes: { "HTTP-EQUIV": "refresh", content: "0;http://other/" },
          childNodes: [],
        }),
      ),
    ),
    { content: "0;http://other/" },
  );
  /** @type {{data: any}} */
  const deep = sanitize(full({ type: 2, tagName: "div", attributes: {}, childNodes: [link({ rel: "preconnect" })] }));
  assert.deepEqual(deep.data.node.childNodes[0].childNodes[0].attributes, {});
});

test("elements that are added or changed later are sanitized as well", () => {
  const mutation = {
    type: 3,
    timestamp: 1,
    data: {
      source: 0,
      adds: [{ parentId: 1, node: link({ rel: "preconnect" }) }],
      attributes: [{ id: 1, attributes: { rel: "preconnect", class: "x" } }],
      removes: [],
      texts: [],
    },
  };
  /** @type {{data: any}} */
  const { data } = sanitize(mutation);
  assert.deepEqual(data.adds[0].node.attributes, {});
  assert.deepEqual(data.attributes[0].attributes, { class: "x" });
  assert.deepEqual(mutation.data.attributes[0].attributes.rel, "preconnect", "the recording itself stays as it is");
});

test("everything else stays unchanged", () => {
  const sheet = { rel: "stylesheet", href: "a.css", _cssText: "p { color: red }" };
  assert.deepEqual(first(sanitize(full(link(sheet)))), sheet);
  const move = { type: 3, timestamp: 1, data: { source: 1, positions: [] } };
  assert.equal(sanitize(move), move);
});

test("invalid events are accepted without an error", () => {
  const events = [
    { type: 2, data: null },
    { type: 2, data: { node: 7 } },
    { type: 3, data: null },
    { type: 3, data: { source: 0, adds: [{}], attributes: [{ attributes: null }] } },
    full(null, 7, { attributes: "x" }),
  ];
  for (const event of events) assert.doesNotThrow(() => sanitize(/** @type {any} */ (event)), JSON.stringify(event));
});

test("only known messages of the player are accepted", () => {
  const heard = [
    { type: "ready" },
    { type: "at", ms: 12.5 },
    { type: "playing", playing: true },
    { type: "trouble", message: "x" },
  ];
  const unheard = [
    null,
    "ready",
    7,
    {},
    { type: "at" },
    { type: "at", ms: "1" },
    { type: "at", ms: -1 },
    { type: "at", ms: Number.NaN },
    { type: "playing", playing: 1 },
    { type: "trouble", message: "x".repeat(301) },
    { type: "toString" },
    { type: "__proto__" },
  ];
  for (const message of heard) assert.equal(readPlayerMessage(message), message);
  for (const message of unheard) assert.equal(readPlayerMessage(message), null, JSON.stringify(message));
});
