// The replay as a person finds it.

import { SitePage } from "./dashboard.mjs";
import { until } from "../support/waits.mjs";
import { serveRecording } from "./replayed.mjs";

/**
 * @import { Browser } from "playwright-core"
 * @import { OpenOptions } from "./dashboard.mjs"
 * @import { RecordedEvent } from "./recorded.mjs"
 */

/** The page at `/replay/`. */
export class ReplayPage extends SitePage {
  /** The places in the recording from which events were requested. @type {number[]} */
  asked = [];

  /**
   * Opens the replay of a session; `events` are served instead of what the service has recorded of it.
   *
   * @param {Browser} browser
   * @param {{key?: string, service: {url: string}}} project
   * @param {{id: string}} session
   * @param {OpenOptions & {events?: RecordedEvent[], serve?: Parameters<typeof serveRecording>[2]}} [options]
   */
  static async of(browser, project, { id }, { events, serve, ...options } = {}) {
    const replay = await SitePage.open(browser, project.service, {
      key: project.key,
      path: "/icon.svg",
      page: ReplayPage,
      ...options,
    });
    if (events) replay.asked = await serveRecording(replay.page, events, serve);
    await replay.page.goto(`${project.service.url}/replay/?session=${id}`);
    return replay;
  }

  /** @param {string | RegExp} name */
  button(name) {
    return this.page.getByRole("button", { name, exact: typeof name === "string" });
  }

  /**
   * What the page says that it is doing.
   *
   * @param {string | RegExp} text
   */
  status(text) {
    return this.page.getByRole("status").filter({ hasText: text });
  }

  /** @param {string | RegExp} text */
  entry(text) {
    return this.page.getByRole("list", { name: "What happened" }).getByRole("button").filter({ hasText: text });
  }

  /** @param {string | RegExp} name */
  tab(name) {
    return this.page.getByRole("tab", { name });
  }

  get time() {
    return this.page.getByRole("slider", { name: "Time" });
  }

  /** The page as it was. */
  get screen() {
    return this.page.frameLocator("#player").frameLocator("iframe").frameLocator("iframe");
  }

  /**
   * Goes to the end of a recording that is all there, and waits until its form shows this name.
   *
   * @param {string | RegExp} text
   */
  async untilEndsWith(text) {
    await this.status(/\d+ events$/).waitFor();
    await this.time.focus();
    await this.time.press("End");
    const name = this.screen.locator("#name");
    await until(`the replayed form shows ${text}`, async () => (await name.inputValue()) === text);
  }

  /** The document in which the player runs. */
  get player() {
    const player = this.page.frames().find((frame) => frame.url().startsWith("data:"));
    if (!player) throw new Error("The player is not there.");
    return player;
  }
}
