// The page at `/replay/`: plays the recording of a session, and lists what happened.

/** @import { RecordedEvent, SessionData, Tidewatch } from "tidewatch" */

import { byId } from "../page/by_id.js";
import { setText } from "../page/element.js";
import { failureOf } from "../page/failure.js";
import { formatDuration, formatNumber, shortId } from "../page/format.js";
import { clientOf, readKey, signOut } from "../page/key.js";
import { download, jsonParts } from "./downloads.js";
import { readEvents } from "./loading.js";
import { Replay } from "./replay.js";

/** @type {Map<string | undefined, string>} */
const ERRORS = new Map([
  ["recording_not_found", "There is no recording of this session."],
  ["session_not_found", "There is no such session in this project."],
]);

const id = new URLSearchParams(location.search).get("session") ?? "";
byId("id").textContent = id;
document.title = `Replay of ${shortId(id)} · Tidewatch`;
byId("back", HTMLAnchorElement).href = `/?session=${encodeURIComponent(id)}`;

const key = readKey();
if (key) await show(await clientOf(key)).catch(fail);
else showError("Sign in first: the recording is its project's alone.");

/** @param {Tidewatch} client */
async function show(client) {
  const session = await client.sessions.retrieve(id);
  const replay = new Replay();
  /** @type {RecordedEvent[]} */
  const all = [];
  for await (const { events, isWaiting } of readEvents(client, id, new AbortController().signal)) {
    for (const event of events) all.push(event);
    if (events.length > 0) await replay.add(events);
    showStatus(await describeProgress(client, session, all.length, isWaiting));
  }
  const { recording } = await client.sessions.retrieve(id);
  finish(client, replay, recording, all);
}

/**
 * @param {Tidewatch} client
 * @param {SessionData} session
 * @param {number} loaded how many events are loaded
 * @param {boolean} isWaiting
 */
async function describeProgress(client, session, loaded, isWaiting) {
  const count = `${formatNumber(loaded)} events`;
  if (!isWaiting)
    return session.eventCount > loaded
      ? `Loading, ${count} of ${formatNumber(session.eventCount)} …`
      : `Loading, ${count} …`;
  const { status } = await client.sessions.retrieve(id);
  return status === "live" ? `Still being recorded, ${count}` : `${count}; the last seconds are being stored …`;
}

/**
 * @param {Tidewatch} client
 * @param {Replay} replay
 * @param {SessionData["recording"]} recording
 * @param {RecordedEvent[]} all
 */
function finish(client, replay, recording, all) {
  const { duration, gaps } = replay.recording;
  if (all.length === 0) return showError("The recording is empty: nothing happened before the session ended.");
  showStatus(`${formatDuration(duration)}, ${formatNumber(all.length)} events`, "good");
  replay.finish();
  if (recording?.status === "incomplete" || gaps.length > 0) showIncomplete(gaps);
  enableButton("json", () => download(`${id}.json`, "application/json", [...jsonParts(all)]));
  enableButton("har", async () => {
    download(`${id}.har`, "application/json", [JSON.stringify(await client.sessions.har(id))]);
  });
}

/** @param {{from: number | null, to: number | null}[]} gaps */
function showIncomplete(gaps) {
  let missing = 0;
  for (const { from, to } of gaps) if (from !== null && to !== null) missing += Math.max(0, to - from);
  const detail = missing > 0 ? ` ${formatDuration(missing)} were not recorded; they are hatched on the line.` : "";
  setText(byId("incomplete"), `This recording is incomplete.${detail}`);
  byId("incomplete").hidden = false;
}

/**
 * @param {string} buttonId
 * @param {() => void | Promise<void>} work
 */
function enableButton(buttonId, work) {
  byId(buttonId).removeAttribute("aria-disabled");
  byId(buttonId).addEventListener("click", async () => {
    try {
      await work();
    } catch (error) {
      fail(error);
    }
  });
}

/**
 * @param {string} text
 * @param {"" | "good" | "bad"} [kind]
 */
function showStatus(text, kind = "") {
  setText(byId("status"), text);
  byId("status").className = `state ${kind}`;
}

/** @param {unknown} error */
function fail(error) {
  const { status, code, message } = failureOf(error);
  if (status === 401) return signOut(message);
  showError(ERRORS.get(code) ?? message);
}

/** @param {string} text */
function showError(text) {
  showStatus("No replay", "bad");
  byId("trouble").hidden = false;
  byId("trouble").textContent = text;
}
