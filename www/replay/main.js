// The page at `/replay/`: plays what was recorded of a session, with what happened beside it.

import { setText } from "../dashboard/element.js";
import { clientOf, readKey, signOut } from "../dashboard/key.js";
import { figure, shortId, spanInWords } from "../dashboard/words.js";
import { download, jsonParts } from "./downloads.js";
import { readEvents } from "./loading.js";
import { Replay } from "./replay.js";

const element = (id) => document.getElementById(id);

const id = new URLSearchParams(location.search).get("session") ?? "";
element("id").textContent = id;
document.title = `Replay of ${shortId(id)} · Tidewatch`;
element("back").href = `/?session=${encodeURIComponent(id)}`;

const key = readKey();
if (key) await show(await clientOf(key)).catch(fail);
else fail({ message: "Sign in first: the recording is its project's alone." });

async function show(client) {
  const session = await client.sessions.retrieve(id);
  const replay = new Replay();
  const all = [];
  for await (const { events, isWaiting } of readEvents(client, id, new AbortController().signal)) {
    for (const event of events) all.push(event);
    if (events.length > 0) await replay.add(events);
    tell(await progress(client, session, all, isWaiting));
  }
  const { recording } = await client.sessions.retrieve(id);
  finish(client, replay, recording, all);
}

async function progress(client, session, all, isWaiting) {
  const count = `${figure(all.length)} events`;
  if (!isWaiting)
    return session.eventCount > all.length
      ? `Loading, ${count} of ${figure(session.eventCount)} …`
      : `Loading, ${count} …`;
  const { status } = await client.sessions.retrieve(id);
  return status === "live" ? `Still being recorded, ${count}` : `${count}; the last seconds are being stored …`;
}

function finish(client, replay, recording, all) {
  const { duration, gaps } = replay.recording;
  if (all.length === 0) return fail({ message: "The recording is empty: nothing happened before the session ended." });
  tell(`${spanInWords(duration)}, ${figure(all.length)} events`, "good");
  replay.finish();
  if (recording?.status === "incomplete" || gaps.length > 0) sayIncomplete(gaps);
  offer("json", () => download(`${id}.json`, "application/json", [...jsonParts(all)]));
  offer("har", async () => download(`${id}.har`, "application/json", [JSON.stringify(await client.sessions.har(id))]));
}

function sayIncomplete(gaps) {
  const lost = gaps.reduce((sum, { from, to }) => sum + (from !== null && to !== null ? Math.max(0, to - from) : 0), 0);
  const told = lost > 0 ? ` ${spanInWords(lost)} were not recorded; they are hatched on the line.` : "";
  setText(element("incomplete"), `This recording is incomplete.${told}`);
  element("incomplete").hidden = false;
}

function offer(name, work) {
  element(name).removeAttribute("aria-disabled");
  element(name).addEventListener("click", () => Promise.resolve().then(work).catch(fail));
}

function tell(text, kind = "") {
  setText(element("status"), text);
  element("status").className = `state ${kind}`;
}

function fail(error) {
  if (error.status === 401) return signOut(error.message);
  tell("No replay", "bad");
  element("trouble").hidden = false;
  const told = {
    recording_not_found: "There is no recording of this session.",
    session_not_found: "There is no such session in this project.",
  };
  element("trouble").textContent = told[error.code] ?? error.message;
}
