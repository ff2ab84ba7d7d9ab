// A viewer who opens a session's link in a browser.

import { chromium } from "playwright-core";

import { chromeWrapper, ensureChrome } from "../../scripts/tools/chrome.mjs";
import { until } from "../support/waits.mjs";

/** @import { Browser, BrowserContextOptions, Page } from "playwright-core" */

const SIZE = { width: 1280, height: 900 };

/**
 * Starts the browser that links are opened in. Before the service, whose run takes over the temporary folder: it is
 * none of the service's own.
 */
export async function openViewers() {
  await ensureChrome();
  const browser = await chromium.launch({ executablePath: chromeWrapper() });
  return {
    open: (/** @type {string} */ url, /** @type {BrowserContextOptions} */ options = {}) =>
      openViewer(browser, url, options),
    close: () => browser.close(),
  };
}

/**
 * @param {Browser} browser
 * @param {string} url
 * @param {BrowserContextOptions} options
 */
async function openViewer(browser, url, options) {
  const context = await browser.newContext({ viewport: SIZE, ...options });
  const page = await context.newPage();
  /** @type {Error[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(error));
  page.on("console", (message) => message.type() === "error" && errors.push(new Error(message.text())));
  await page.goto(url);
  return new Viewer(page, errors);
}

export class Viewer {
  /** What went wrong in the page: the list must stay empty. The browser also reports a refused call. */
  errors;

  /**
   * @param {Page} page
   * @param {Error[]} errors
   */
  constructor(page, errors) {
    this.page = page;
    this.errors = errors;
  }

  close() {
    return this.page.context().close();
  }

  get drive() {
    return this.page.locator("#drive");
  }

  get address() {
    return this.page.locator("#address");
  }

  get state() {
    return this.page.locator("#state");
  }

  /** @param {RegExp | string} name */
  tab(name) {
    return this.page.getByRole("tab", { name });
  }

  async takeOver() {
    await this.drive.click();
    await this.page.locator("body.is-driving").waitFor();
  }

  /**
   * Red, green and blue in the middle of a part of the picture: a place from 0 to 1 in each direction.
   *
   * @param {readonly number[]} place
   */
  colour([x, y]) {
    return this.page.evaluate(
      ([x, y]) => {
        const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("picture"));
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
        return [...context.getImageData(Math.floor(canvas.width * x), Math.floor(canvas.height * y), 1, 1).data].slice(
          0,
          3,
        );
      },
      [x, y],
    );
  }

  /**
   * Waits until the picture has a colour there, as nearly as a JPEG tells.
   *
   * @param {readonly number[]} place
   * @param {readonly number[]} wanted
   */
  untilColour(place, wanted) {
    return until(`${wanted} at ${place}`, async () => {
      const colour = await this.colour(place);
      return colour.every((part, index) => Math.abs(part - wanted[index]) < 40);
    });
  }

  /**
   * Where in the window a point of the page is seen; `size` is the page's.
   *
   * @param {{x: number, y: number}} options
   * @param {{ width: number; height: number; }} size
   */
  async pointOf({ x, y }, size) {
    const box = await this.page.locator("#picture").boundingBox();
    if (!box) throw new Error("The picture is not shown.");
    return { x: box.x + (x * box.width) / size.width, y: box.y + (y * box.height) / size.height };
  }
}
