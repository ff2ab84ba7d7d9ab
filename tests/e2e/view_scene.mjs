// A session's browser, and people who open its link: the scene of the live view's tests.

import assert from "node:assert/strict";
import { afterEach } from "node:test";

import puppeteer from "puppeteer-core";

import { closing } from "../support/closing.mjs";
import { openService } from "./service.mjs";
import { openViewSite } from "./view_site.mjs";
import { openViewers } from "./viewer.mjs";

/**
 * @import { Page } from "puppeteer-core"
 * @import { BrowserContextOptions } from "playwright-core"
 * @import { CreateOptions } from "../../src/client/types.ts"
 * @import { Viewer } from "./viewer.mjs"
 */

const viewers = closing(await openViewers(), (it) => it.close());
export const service = closing(await openService(), (it) => it.dispose());
export const site = closing(await openViewSite(), (it) => it.close());

export const RED = [220, 20, 20];
export const BLUE = [20, 20, 220];
export const GREEN = [20, 160, 20];
export const WHITE = [255, 255, 255];
export const MIDDLE = [0.5, 0.5];
/** How the server's end of a refused call shows on a page's console. */
const REFUSED = /Failed to load resource|WebSocket connection to/;

/** @type {Viewer[]} */
const open = [];
afterEach(async () => {
  for (const viewer of open.splice(0)) {
    const errors = viewer.errors.filter(({ message }) => !REFUSED.test(message));
    assert.deepEqual(errors, [], "the viewer's own page has no error");
    await viewer.close();
  }
});

/**
 * A session, its agent, and its first page.
 *
 * @param {string} path
 * @param {CreateOptions} [options]
 */
export async function openSession(path, options) {
  const project = service.project();
  const session = await project.create(options);
  const agent = await puppeteer.connect({ browserWSEndpoint: session.websocketUrl, defaultViewport: null });
  const [page] = await agent.pages();
  if (path) await page.goto(site.url + path);
  const size = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  return { project, session, agent, page, size };
}

/**
 * A viewer that has opened a link.
 *
 * @param {string} url
 * @param {BrowserContextOptions} [options]
 */
export async function view(url, options) {
  const viewer = await viewers.open(url, options);
  open.push(viewer);
  return viewer;
}

/**
 * A viewer that has taken over a page, once it is seen in this colour, and has clicked on a place in it.
 *
 * @param {string} path
 * @param {{colour: number[], place: {x: number, y: number}}} options
 */
export async function driveFrom(path, { colour, place }) {
  const { session, page, size } = await openSession(path);
  const viewer = await view(session.sessionViewerUrl);
  await viewer.untilColour(MIDDLE, colour);
  await viewer.takeOver();
  const { x, y } = await viewer.pointOf(place, size);
  await viewer.page.mouse.click(x, y);
  return { page, viewer };
}

/**
 * What an input holds.
 *
 * @param {Page} page
 * @param {string} id
 */
export const inputValue = (page, id) =>
  page.evaluate((id) => /** @type {HTMLInputElement} */ (document.getElementById(id)).value, id);

/**
 * The input events that the page has received: kind, key or button, code or detail, and the target's id.
 *
 * @param {Page} page
 * @returns {Promise<[kind: string, key: string | number, code: string | number, id: string][]>}
 */
export const seenBy = (page) => page.evaluate(() => Reflect.get(globalThis, "seen"));
