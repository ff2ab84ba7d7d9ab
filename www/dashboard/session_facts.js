// What is known about one session, as the sections of the details panel.

/** @import { SessionData, SessionEventType } from "tidewatch" */
/** @import { Child } from "../page/element.js" */

import { foreign, h } from "../page/element.js";
import { formatDateTime, formatDuration, formatNumber, formatReason } from "../page/format.js";

/** @typedef {{type: SessionEventType, at: string, changes?: string[]}} Happened an event, and what it changed */
/** @typedef {[name: Child, value: Child]} Fact */

/** @type {Record<SessionEventType, string>} */
const EVENTS = {
  "session.created": "Started",
  "session.updated": "Updated",
  "session.expiring": "Expiring soon",
  "session.ended": "Ended",
  "session.recorded": "Recording finished",
  "session.closed": "Browser closed",
};
// Not shown in the raw data: links with tokens, which would be copied along, and a field that is always empty.
const HIDDEN = ["websocketUrl", "debugUrl", "sessionViewerUrl", "sessionWatchUrl", "optimizeBandwidth"];

/**
 * @param {SessionData} session
 * @param {Happened[]} happened its events since the page was opened
 */
export function sectionsOf(session, happened) {
  const sections = [summaryOf(session), section("About", definitions(factsOf(session)))];
  const pairs = Object.entries(session.metadata);
  if (pairs.length > 0)
    sections.push(section("Metadata", definitions(pairs.map(([key, value]) => [foreign(key), foreign(value)]))));
  return [...sections, section("Events", eventList(session, happened)), configOf(session)];
}

/** @param {SessionData} session */
function summaryOf({ status, releaseReason, failure, closing }) {
  const state = status === "live" ? "Live" : formatReason(releaseReason);
  return h(
    "div",
    { class: "summary" },
    h(
      "p",
      {},
      h("span", { class: `dot ${status}`, "aria-hidden": "true" }),
      h("strong", {}, state),
      h("span", { class: "faint left" }),
    ),
    closing && h("p", { class: "hint" }, "The provider has not confirmed yet that the browser is closed."),
    failure && h("p", { class: "trouble" }, h("code", {}, failure.code), " ", foreign(failure.message, {}, "span")),
  );
}

/**
 * @param {SessionData} session
 * @returns {Fact[]}
 */
function factsOf(session) {
  const { owner, inactivityTimeout, verifiedAt, userAgent, dimensions } = session;
  return [
    ["ID", h("code", {}, session.id)],
    ["Owner", owner ? foreign(owner) : "none"],
    ...timesOf(session),
    ...(inactivityTimeout ? [fact("Idle timeout", formatDuration(inactivityTimeout))] : []),
    ["Browser seconds", formatNumber(session.creditsUsed)],
    ["Client connected", describeConnected(session)],
    ["Last verified", verifiedAt ? formatDateTime(verifiedAt) : "never"],
    ["Window", dimensions.width ? `${dimensions.width} × ${dimensions.height}` : "none"],
    ["Provider", foreign([session.provider, session.region].filter(Boolean).join(", "))],
    ...(userAgent ? [fact("User agent", foreign(userAgent))] : []),
    ["Recording", describeRecording(session)],
  ];
}

/**
 * @param {SessionData} session
 * @returns {Fact[]}
 */
function timesOf({ status, createdAt, expiresAt, endedAt, timeout, duration }) {
  const started = fact("Started", formatDateTime(createdAt));
  const limit = fact("Timeout", formatDuration(timeout));
  if (status === "live") return [started, ["Expires", formatDateTime(expiresAt)], limit];
  return [started, ["Ended", endedAt ? formatDateTime(endedAt) : "–"], limit, ["Duration", formatDuration(duration)]];
}

/** @param {SessionData} session */
function describeConnected({ connected }) {
  if (connected === null) return "not tracked";
  return connected ? "yes" : "no";
}

/** @param {SessionData} session */
function describeRecording({ recording, eventCount }) {
  if (!recording) return "none";
  return `${recording.status}, ${formatNumber(eventCount)} events, inputs ${recording.maskInputs ? "masked" : "shown"}`;
}

/**
 * @param {Child} name
 * @param {Child} value
 * @returns {Fact}
 */
const fact = (name, value) => [name, value];

/**
 * The session's events. Events from before the page was opened are taken from the session itself.
 *
 * @param {SessionData} session
 * @param {Happened[]} happened
 */
function eventList(session, happened) {
  const types = new Set(happened.map(({ type }) => type));
  const events = [...happened];
  if (!types.has("session.created")) events.push({ type: "session.created", at: session.createdAt });
  if (session.endedAt && !types.has("session.ended")) events.push({ type: "session.ended", at: session.endedAt });
  events.sort((a, b) => (a.at < b.at ? -1 : 1));
  return h(
    "ol",
    { class: "events" },
    ...events.map((event) =>
      h("li", {}, h("time", { datetime: event.at }, formatDateTime(event.at)), " ", name(event)),
    ),
  );
}

/**
 * An event's name. A newer service may have types that are not listed here.
 *
 * @param {Happened} event
 */
function name({ type, changes = [] }) {
  const text = EVENTS[type] ?? type;
  return type === "session.updated" && changes.length > 0 ? `${text}: ${changes.join(", ")}` : text;
}

/**
 * What is different in a session after an update.
 *
 * @param {SessionData} before
 * @param {SessionData} after
 */
export function changesOf(before, after) {
  const changes = [];
  if (before.timeout !== after.timeout) changes.push(`timeout ${formatDuration(after.timeout)}`);
  if (before.inactivityTimeout !== after.inactivityTimeout && after.inactivityTimeout)
    changes.push(`idle timeout ${formatDuration(after.inactivityTimeout)}`);
  if (JSON.stringify(before.metadata) !== JSON.stringify(after.metadata)) changes.push("metadata");
  if (before.connected !== after.connected && after.connected !== null)
    changes.push(after.connected ? "client connected" : "client disconnected");
  return changes;
}

/** @param {SessionData} session */
function configOf({ config, ...rest }) {
  const shown = Object.fromEntries(Object.entries(rest).filter(([key]) => !HIDDEN.includes(key)));
  const requested = config && Object.keys(config).length > 0 && section("Requested options", json(config));
  return h("div", {}, requested, h("details", {}, h("summary", {}, "Raw JSON"), json(shown)));
}

/** @param {object} value */
const json = (value) => h("pre", { tabindex: "0" }, JSON.stringify(value, null, 2));

/**
 * @param {string} title
 * @param {HTMLElement} content
 */
function section(title, content) {
  return h("section", {}, h("h3", {}, title), content);
}

/** @param {Fact[]} facts */
function definitions(facts) {
  return h(
    "dl",
    { class: "definitions" },
    ...facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}
