// What the contract says of every session in an answer.

import assert from "node:assert/strict";

import { ISO, UUID } from "../support/http.mjs";

/** @import { SessionData } from "../../src/client/types.ts" */

const REQUIRED = {
  id: "string",
  status: "string",
  createdAt: "string",
  timeout: "number",
  expiresAt: "string",
  duration: "number",
  websocketUrl: "string",
  debugUrl: "string",
  sessionViewerUrl: "string",
  sessionWatchUrl: "string",
  dimensions: "object",
  creditsUsed: "number",
  eventCount: "number",
  optimizeBandwidth: "object",
  proxyBytesUsed: "number",
  proxySource: "null",
  headless: "boolean",
  isSelenium: "boolean",
  provider: "string",
  connected: "null",
  verifiedAt: "string",
  metadata: "object",
};
const WHEN_SET = [
  "owner",
  "inactivityTimeout",
  "endedAt",
  "releaseReason",
  "failure",
  "closing",
  "region",
  "userAgent",
  "config",
];

/** @param {unknown} value */
const kind = (value) => (value === null ? "null" : typeof value);

/**
 * Checks a session that is not watched.
 *
 * @param {SessionData} session
 * @param {{url: string}} service that has shown it
 */
export function checkSession(session, { url }) {
  const { host } = new URL(url);
  const fields = new Map(Object.entries(session));
  for (const [name, type] of Object.entries(REQUIRED)) {
    assert.ok(fields.has(name), `${name} is there`);
    assert.equal(kind(fields.get(name)), type, `${name} is a ${type}`);
  }
  for (const name of fields.keys()) {
    assert.ok(Object.hasOwn(REQUIRED, name) || WHEN_SET.includes(name), `${name} is in the contract`);
  }
  assert.match(session.id, UUID);
  assert.ok(["live", "released", "failed"].includes(session.status));
  for (const name of ["createdAt", "expiresAt", "verifiedAt", "endedAt"]) {
    if (fields.has(name)) assert.match(fields.get(name), ISO, name);
  }
  assert.equal(Date.parse(session.createdAt) + session.timeout, Date.parse(session.expiresAt));
  assert.deepEqual(Object.keys(session.dimensions).sort(), ["height", "width"]);
  assert.deepEqual(session.optimizeBandwidth, {});
  assert.equal(session.creditsUsed, Math.ceil(session.duration / 1000));
  const hasEnded = session.status !== "live";
  for (const name of ["endedAt", "releaseReason"]) assert.equal(fields.has(name), hasEnded, name);
  if (hasEnded) assert.equal(session.duration, Date.parse(session.endedAt ?? "") - Date.parse(session.createdAt));
  checkUrls(session, host);
}

/**
 * Each address leads to this host, with a token of its own right.
 *
 * @param {SessionData} session
 * @param {string} host
 */
function checkUrls({ id, websocketUrl, debugUrl, sessionViewerUrl, sessionWatchUrl }, host) {
  assert.match(websocketUrl, new RegExp(`^ws://${host}/v1/sessions/${id}/connect\\?token=connect\\.`));
  for (const [address, right] of /** @type {const} */ ([
    [debugUrl, /^interact\./],
    [sessionViewerUrl, /^interact\./],
    [sessionWatchUrl, /^view\./],
  ])) {
    const url = new URL(address);
    assert.equal(url.host, host);
    assert.match(url.searchParams.get("token") ?? "", right, "a viewer can't drive");
  }
}
