// Recordings in the contract's form, made with rrweb's own recorder in a page, for what no ordinary session does.

import { readFileSync } from "node:fs";

import { inRoot } from "../../scripts/support/places.mjs";

/**
 * @import { Browser, Page } from "playwright-core"
 * @import { RecordedEvent } from "./recorded.mjs"
 */

const RRWEB = readFileSync(inRoot("node_modules", "@rrweb", "record", "umd", "record.min.js"), "utf8");

// rrweb makes frames of its own, in which scripts of the page's beginning run as well.
const RECORD = `${RRWEB}; if (self === top) addEventListener("DOMContentLoaded", () => globalThis.rrwebRecord.record({ emit: (event) => globalThis.keepEvent(JSON.stringify(event)), maskAllInputs: true }));`;

/**
 * Records a tab from its first moment while `act(page)` is done in it; gives its events. It closes `staysMs` after the
 * last of them.
 *
 * @param {Browser} browser
 * @param {{tab: string, url: string, act?: (page: Page, happened: (tag: string, payload: object) => void) => unknown,
 *   staysMs: number}} options
 */
export async function recordTab(browser, { tab, url, act = () => {}, staysMs }) {
  /** @type {RecordedEvent[]} */
  const events = [];
  const context = await browser.newContext({ viewport: { width: 800, height: 600 } });
  const page = await context.newPage();
  await page.exposeFunction("keepEvent", (/** @type {string} */ event) => events.push({ ...JSON.parse(event), tab }));
  await page.exposeFunction("allKept", () => {});
  await page.addInitScript(RECORD);
  await page.goto(url);
  events.push(
    custom(tab, "tab", { opened: true, url, title: await page.title() }),
    custom(tab, "navigation", { url, title: await page.title() }),
  );
  await act(page, (tag, payload) => events.push(custom(tab, tag, payload)));
  // Calls come in their order.
  await page.evaluate(() => Reflect.get(globalThis, "allKept")());
  events.push(custom(tab, "tab", { opened: false, url, title: await page.title() }, Date.now() + staysMs));
  await context.close();
  return events.sort((a, b) => a.timestamp - b.timestamp);
}

/**
 * An event beside the page's own.
 *
 * @param {string} tab
 * @param {string} tag
 * @param {object} payload
 * @returns {RecordedEvent}
 */
export function custom(tab, tag, payload, timestamp = Date.now()) {
  return { type: 5, timestamp, tab, data: { tag, payload } };
}

/**
 * The same, so much later.
 *
 * @param {RecordedEvent[]} events
 * @param {number} ms
 */
export const later = (events, ms) => events.map((event) => ({ ...event, timestamp: event.timestamp + ms }));

/**
 * Answers a page's calls for the events of sessions, a few at a time. `held` are the answers before the last part of
 * the recording is stored.
 *
 * @param {Page} page
 * @param {RecordedEvent[]} events
 * @param {{limit?: number, held?: number, har?: object}} [options]
 */
export async function serveRecording(
  page,
  events,
  { limit = 50, held = 0, har = { log: { version: "1.2", pages: [], entries: [] } } } = {},
) {
  /** @type {number[]} */
  const asked = [];
  let waits = held;
  await page.route(/\/v1\/sessions\/[^/]+\/events\b/, (route) => {
    const { searchParams } = new URL(route.request().url());
    if (searchParams.get("format") === "har") return route.fulfill({ json: har });
    const from = Number(searchParams.get("pointer") ?? 0);
    asked.push(from);
    const isLast = from + limit >= events.length;
    if (isLast && waits > 0) {
      waits--;
      return route.fulfill({ json: [], headers: { "next-cursor": String(from) } });
    }
    /** @type {Record<string, string>} */
    const headers = isLast ? {} : { "next-cursor": String(from + limit) };
    return route.fulfill({ json: events.slice(from, from + limit), headers });
  });
  return asked;
}
