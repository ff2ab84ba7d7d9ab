// The page at `/replay/`: plays the recording of a session, and lists what happened.

/** @import { RecordedEvent, SessionData, Tidewatch } from "tidewatch" */

import { byId } from "../page/by_id.js";
import { setText } from "../page/element.js";
import { failureOf, messageOf } from "../page/failure.js";
import { formatDuration, formatNumber, shortId } from "../page/format.js";
import { clientOf, readKey, signOut } from "../page/key.js";
import { askForKey } from "../page/sign_in.js";
import { download, jsonParts } from "./downloads.js";
import { readEvents } from "./loading.js";
import { Replay } from "./replay.js";

const id = new URLSearchParams(location.search).get("session") ?? "";
byId("id").textContent = id;
document.title = `Replay of ${shortId(id)} · Tidewatch`;
byId("back", HTMLAnchorElement).href = `/?session=${encodeURIComponent(id)}`;

const key = readKey();
await show(key ? await clientOf(key) : await signIn()).catch(fail);

/** Shows the form for the key until a key is accepted. */
async function signIn() {
  showStatus("Not signed in");
  byId("signed-out").hidden = false;
  const client = await askForKey();
  byId("signed-out").hidden = true;
  showStatus("Loading …");
  return client;
}

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
      ? `Loading … ${formatNumber(loaded)} of ${formatNumber(session.eventCount)} events`
      : `Loading … ${count}`;
  const { status } = await client.sessions.retrieve(id);
  return status === "live" ? `Still recording … ${count}` : `${count}, saving the last seconds …`;
}

/**
 * @param {Tidewatch} client
 * @param {Replay} replay
 * @param {SessionData["recording"]} recording
 * @param {RecordedEvent[]} all
 */
function finish(client, replay, recording, all) {
  const { duration, gaps } = replay.recording;
  if (all.length === 0) return showError("The recording is empty. Nothing happened before the session ended.");
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
  const detail = missing > 0 ? ` ${formatDuration(missing)} were not recorded, shown hatched on the timeline.` : "";
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
  if (failureOf(error).status === 401) return signOut(messageOf(error));
  showError(messageOf(error));
}

/** @param {string} text */
function showError(text) {
  showStatus("Replay unavailable", "bad");
  byId("trouble").hidden = false;
  byId("trouble").textContent = text;
}
