// Watched sessions: what their tests have in common.

import assert from "node:assert/strict";

import { until } from "../support/waits.mjs";

/**
 * @import { ReleaseReason, SessionData } from "../../src/client/types.ts"
 * @import { Project } from "../support/project.mjs"
 */

export const GRACE = { onDisconnect: "release", disconnectGrace: 1000 };
/** Watched, and ended by nothing in a test's time. */
export const PATIENT = { inactivityTimeout: 600_000 };
/** What a timer and a busy machine may add. */
export const LATE_MS_MAX = 500;
/** A relay that sends no report for this long is no longer trusted. */
export const LEASE_MS = 9000;

/**
 * Waits until a moment has passed.
 *
 * @param {number} time
 */
export const passed = (time) => until(`${new Date(time).toISOString()} is past`, () => Date.now() > time);

/**
 * Whether a client is connected, as the session shows it.
 *
 * @param {Project} project
 * @param {{id: string}} session
 */
export const isConnected = async (project, { id }) => (await project.session(id)).connected;

/**
 * @param {Project} project
 * @param {{id: string}} session
 * @param {boolean} is
 */
export const untilConnected = (project, session, is) =>
  until(`connected is ${is}`, async () => (await isConnected(project, session)) === is);

/**
 * The session must end for this reason, `from` to `to` milliseconds after `since`.
 *
 * @param {Project} project
 * @param {{id: string}} session
 * @param {{reason: ReleaseReason, since: number, from: number, to: number}} expected
 * @returns {Promise<SessionData>}
 */
export async function checkEnd(project, { id }, { reason, since, from, to }) {
  const session = await project.ended(id);
  assert.equal(session.releaseReason, reason);
  assert.equal(session.status, reason === "browser_crashed" ? "failed" : "released");
  const after = Date.parse(session.endedAt ?? "") - since;
  assert.ok(after >= from && after <= to, `${reason} after ${after} ms, and not ${from} to ${to}`);
  return session;
}
