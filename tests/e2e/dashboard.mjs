// Drives the dashboard by roles and names, in a real Chrome. In every test the page must load nothing from other hosts,
// break no rule of its Content-Security-Policy, throw nothing, and show the key in no address.

import assert from "node:assert/strict";

import { chromium } from "playwright-core";

import { chromeWrapper, ensureChrome } from "../../scripts/tools/chrome.mjs";
import { shortId } from "../../www/page/format.js";
import { findingsOf } from "./axe.mjs";

/**
 * @import { Browser, BrowserContextOptions, Page } from "playwright-core"
 *
 * @typedef {BrowserContextOptions & {path?: string, key?: string}} OpenOptions
 */

// A machine under load is slow; who waits longer waits for nothing.
const PATIENCE_MS = 12_000;

/**
 * A Chrome for the pages, separate from those of the sessions. Launch it before the service, whose run takes over the
 * temporary folder.
 */
export async function launchChrome() {
  await ensureChrome();
  return chromium.launch({ executablePath: chromeWrapper() });
}

/** A page of the service in a tab of its own. */
export class SitePage {
  /** @type {{requests: string[], troubles: string[]}} */
  #seen = { requests: [], troubles: [] };

  /**
   * @param {Page} page
   * @param {{url: string, key?: string}} options
   */
  constructor(page, { url, key }) {
    this.page = page;
    this.url = url;
    this.key = key;
    page.on("request", (request) => this.#seen.requests.push(request.url()));
    page.on("websocket", (socket) => this.#seen.requests.push(socket.url()));
    page.on("pageerror", (error) => this.#seen.troubles.push(error.stack || error.message));
    page.on(
      "console",
      (message) =>
        /Content Security Policy|TrustedHTML|TrustedScript/.test(message.text()) &&
        this.#seen.troubles.push(message.text()),
    );
  }

  /**
   * Opens an address of the service; `key` signs in as a tab does that was signed in before.
   *
   * @template {SitePage} P
   * @param {Browser} browser
   * @param {{url: string}} service
   * @param {OpenOptions & {page: new (page: Page, options: {url: string, key?: string}) => P}} options
   * @returns {Promise<P>}
   */
  static async open(browser, service, { path = "/", key, page: on, ...options }) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    if (key) await context.addInitScript(signedIn, [service.url, key]);
    context.setDefaultTimeout(PATIENCE_MS);
    const opened = new on(await context.newPage(), { url: service.url, key });
    await opened.page.goto(new URL(path, service.url).href);
    return opened;
  }

  /** What axe finds that is serious or worse. */
  findings() {
    return findingsOf(this.page);
  }

  /** By how many pixels the page is wider than its window. */
  excess() {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }

  /** Makes the checks of every page, and closes it. With `refuses` the page's content is meant to break its policy. */
  async close({ refuses = false } = {}) {
    const { requests, troubles } = this.#seen;
    const addresses = [...requests, this.page.url()];
    await this.page.context().close();
    if (refuses) return;
    assert.deepEqual(troubles, []);
    const { host } = new URL(this.url);
    /** @param {string} address */
    const isOwn = (address) => /^(blob|data):/.test(address) || new URL(address).host === host;
    assert.deepEqual(
      addresses.filter((address) => !isOwn(address)),
      [],
    );
    if (this.key)
      assert.deepEqual(
        addresses.filter((address) => address.includes(`${this.key}`)),
        [],
      );
  }
}

/** @param {string[]} options */
function signedIn([url, key]) {
  if (location.href.startsWith(url)) sessionStorage.setItem("tidewatch-key", key);
}

/** The page at `/`. */
export class Dashboard extends SitePage {
  /**
   * Opens the dashboard of a project, signed in, with its lists shown.
   *
   * @param {Browser} browser
   * @param {{key: string, service: {url: string}}} project
   * @param {OpenOptions} [options]
   */
  static async of(browser, project, options = {}) {
    const dashboard = await SitePage.open(browser, project.service, { key: project.key, page: Dashboard, ...options });
    await dashboard.isConnected();
    return dashboard;
  }

  /**
   * @param {Browser} browser
   * @param {{url: string}} service
   * @param {OpenOptions} [options]
   */
  static signedOut(browser, service, options = {}) {
    return SitePage.open(browser, service, { page: Dashboard, ...options });
  }

  /** @param {string} key */
  async signIn(key) {
    this.key = key;
    await this.page.getByLabel("API key", { exact: true }).fill(key);
    await this.button("Sign in").click();
  }

  isConnected() {
    return this.page
      .getByRole("status")
      .filter({ hasText: /^Connected$/ })
      .waitFor();
  }

  /** @param {string | RegExp} name */
  button(name) {
    return this.page.getByRole("button", { name, exact: typeof name === "string" });
  }

  /**
   * A live session's card.
   *
   * @param {{id: string}} options
   */
  card({ id }) {
    return this.page.getByRole("article", { name: `Session ${shortId(id)}` });
  }

  /**
   * An ended session's row.
   *
   * @param {{id: string}} options
   */
  row({ id }) {
    return this.page.getByRole("row").filter({ has: this.page.getByRole("link", { name: shortId(id), exact: true }) });
  }

  /**
   * How many a list says that it has.
   *
   * @param {"live" | "ended"} list
   */
  async count(list) {
    const name = { live: /^Live/, ended: /^Ended/ }[list];
    return (await this.page.getByRole("heading", { level: 3, name }).textContent())?.replace(/^\w+ /, "");
  }

  /**
   * What a tile says.
   *
   * @param {string | RegExp} name
   */
  tile(name) {
    return this.page.getByRole("term").filter({ hasText: name }).locator("xpath=following-sibling::dd[1]");
  }

  get search() {
    return this.page.getByRole("searchbox", { name: "Search sessions" });
  }

  /** @param {string | RegExp} name */
  dialog(name) {
    return this.page.getByRole("dialog", { name });
  }

  /**
   * A short notice that came.
   *
   * @param {string | RegExp} text
   */
  notice(text) {
    return this.page.getByRole("status").getByText(text);
  }

  address() {
    const { search } = new URL(this.page.url());
    return decodeURIComponent(search.replaceAll("+", " "));
  }
}
