// What is known about one session, as the sections of the details panel.

/** @import { SessionData, SessionEventType } from "tidewatch" */
/** @import { Child } from "../page/element.js" */

import { foreign, h } from "../page/element.js";
import { formatDateTime, formatDuration, formatNumber, formatReason } from "../page/format.js";

/** @typedef {{type: SessionEventType, at: string}} Happened */
/** @typedef {[name: Child, value: Child]} Fact */

/** @type {Record<SessionEventType, string>} */
const EVENTS = {
  "session.created": "It is live",
  "session.updated": "Changed",
  "session.expiring": "Its time is nearly up",
  "session.ended": "It ended",
  "session.recorded": "Its recording is over",
  "session.closed": "Its browser is gone",
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
    closing && h("p", { class: "hint" }, "The provider has not confirmed yet that its browser is gone."),
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
    ["Id", h("code", {}, session.id)],
    ["Owner", owner ? foreign(owner) : "none"],
    ...timesOf(session),
    ...(inactivityTimeout ? [fact("Ends unused after", formatDuration(inactivityTimeout))] : []),
    ["Browser seconds", formatNumber(session.creditsUsed)],
    ["A client is connected", describeConnected(session)],
    ["Browser last confirmed", verifiedAt ? formatDateTime(verifiedAt) : "never"],
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
  const started = fact("Live since", formatDateTime(createdAt));
  const mayLive = fact("May live", formatDuration(timeout));
  if (status === "live") return [started, ["Ends at the latest", formatDateTime(expiresAt)], mayLive];
  return [started, ["Ended", endedAt ? formatDateTime(endedAt) : "–"], mayLive, ["Lived", formatDuration(duration)]];
}

/** @param {SessionData} session */
function describeConnected({ connected }) {
  if (connected === null) return "not watched";
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
    ...events.map(({ type, at }) =>
      // A newer service may have types that are not listed here.
      h("li", {}, h("time", { datetime: at }, formatDateTime(at)), " ", EVENTS[type] ?? type),
    ),
  );
}

/** @param {SessionData} session */
function configOf({ config, ...rest }) {
  const shown = Object.fromEntries(Object.entries(rest).filter(([key]) => !HIDDEN.includes(key)));
  const requested = config && Object.keys(config).length > 0 && section("What was asked for", json(config));
  return h("div", {}, requested, h("details", {}, h("summary", {}, "As the service tells it"), json(shown)));
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
