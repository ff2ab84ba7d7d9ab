// What was recorded of a session, read as a client reads it.

import { until } from "../support/waits.mjs";

/**
 * @import { Project } from "./service.mjs"
 *
 * @typedef {{type: number, timestamp: number, tab: string, data: any}} RecordedEvent `data` is of any kind of event
 */

/**
 * All events of a recording, page by page, with limits as small as asked for.
 *
 * @param {Project} project
 * @param {string} id
 * @param {number} [limit]
 */
export async function readEvents(project, id, limit = 1000) {
  /** @type {RecordedEvent[]} */
  const events = [];
  for (let pointer = ""; ; ) {
    const { status, headers, body, text } = await project.call(
      "GET",
      `/v1/sessions/${id}/events?limit=${limit}${pointer}`,
    );
    if (status !== 200) throw new Error(`${status}: ${text}`);
    events.push(...body);
    const next = headers.get("next-cursor");
    if (next === null || body.length === 0) return events;
    pointer = `&pointer=${next}`;
  }
}

/**
 * Releases a session, and gives all of its recording once that is over.
 *
 * @param {Project} project
 * @param {string} id
 */
export async function releaseAndRead(project, id) {
  await project.release(id);
  const session = await untilOver(project, id);
  return { session, events: await readEvents(project, id) };
}

/**
 * Waits until a session's recording is over, and gives the session.
 *
 * @param {Project} project
 * @param {string} id
 * @param {number} [withinMs]
 */
export function untilOver(project, id, withinMs) {
  const isOver = async () => {
    const session = await project.get(id);
    return session.recording?.status !== "recording" && session;
  };
  return until(`the recording of ${id} is over`, isOver, withinMs);
}

/**
 * The payloads of one kind of our own events.
 *
 * @param {RecordedEvent[]} events
 * @param {string} tag
 */
export const payloads = (events, tag) => events.filter(({ data }) => data.tag === tag).map(({ data }) => data.payload);

/**
 * The tabs whose documents have been at this address.
 *
 * @param {RecordedEvent[]} events
 * @param {string} url
 */
export function tabsAt(events, url) {
  return [...new Set(events.filter(({ type, data }) => type === 4 && data.href === url).map(({ tab }) => tab))];
}

/**
 * What the inputs of a recording show, by rrweb's input events.
 *
 * @param {RecordedEvent[]} events
 */
export const inputTexts = (events) =>
  events
    .filter(({ type, data }) => type === 3 && data.source === 5 && data.text !== undefined)
    .map(({ data }) => data.text);
