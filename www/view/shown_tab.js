// The tab that the viewer shows, and the CDP session with it. It follows the foreground tab until a person chooses one.

/** @import { CdpEvent } from "./cdp.js" */
/** @import { Connection } from "./connection.js" */
/** @import { Notice } from "./notice.js" */
/** @import { TabChange } from "./tabs.js" */

import { byId } from "../page/by_id.js";
import { Emitter } from "../page/emitter.js";
import { ignoringFailedCommands } from "./connection.js";
import { ForegroundTab } from "./foreground_tab.js";
import { Tabs } from "./tabs.js";

/**
 * @typedef {object} Options
 * @property {Connection} connection
 * @property {Notice} notice
 * @property {string | null} pinned the one tab that the link is for; null for all
 * @property {() => boolean} hasControl
 */

/**
 * Emits `session` with the CDP session of the shown tab, or with undefined when there is none, and `change` when the
 * tab or its title or address has changed.
 *
 * @extends {Emitter<{session: string | undefined, change: null}>}
 */
export class ShownTab extends Emitter {
  #connection;
  #notice;
  #pinned;
  #hasControl;
  #tabs;
  #foreground = new ForegroundTab((id) => this.#show(id));
  /** @type {string | undefined} */
  #id;
  /** @type {string | undefined} */
  #session;
  /** Whether a person chose the tab. It then stays when it goes to the background. */
  #isChosen = false;
  /** @type {boolean | undefined} whether the tab is in the foreground; undefined until the browser says so */
  #isVisible = true;

  /** @param {Options} options */
  constructor({ connection, notice, pinned, hasControl }) {
    super();
    this.#connection = connection;
    this.#notice = notice;
    this.#pinned = pinned;
    this.#hasControl = hasControl;
    this.#tabs = new Tabs(byId("tabs"), pinned, (id) => this.#choose(id));
    byId("follow").addEventListener("click", () => this.follow());
  }

  get id() {
    return this.#id;
  }

  /** The CDP session with the tab; undefined while there is none. */
  get session() {
    return this.#session;
  }

  /** The tab's title and address. */
  get tab() {
    return this.#id === undefined ? undefined : this.#tabs.get(this.#id);
  }

  /** The connection is new: no tab is known. */
  reset() {
    this.#tabs.forget();
    this.#id = undefined;
    this.#session = undefined;
  }

  /** The connection is lost, and the CDP session with it. */
  disconnect() {
    this.#session = undefined;
  }

  /**
   * Takes an event about tabs.
   *
   * @param {CdpEvent} event
   * @returns {boolean} whether it was one
   */
  take(event) {
    const change = this.#tabs.take(event);
    if (change) this.#changed(change);
    return change !== undefined;
  }

  /** Asks for the tabs' titles: the browser reports a new title only when a tab navigates. */
  async refreshTitles() {
    const { targetInfos } = await this.#connection.send("Target.getTargets", {});
    for (const targetInfo of targetInfos) this.#tabs.refresh(targetInfo);
    this.emit("change", null);
  }

  /** A frame was drawn. A frame from before the tab went to the background may be drawn after that. */
  drawn() {
    if (this.#isVisible !== false) this.#notice.clear("hidden");
  }

  /**
   * The browser says whether the tab is in the foreground.
   *
   * @param {boolean} isVisible
   */
  setVisible(isVisible) {
    this.#isVisible = isVisible;
    if (this.#foreground.take(isVisible)) return;
    if (isVisible) return this.#notice.clear("hidden");
    if (this.#isChosen || this.#pinned) return this.#noticeHidden();
    this.follow();
  }

  /**
   * Shows the foreground tab.
   *
   * @param {string} [first] the tab that is tried first
   */
  async follow(first) {
    this.#isChosen = false;
    byId("follow").hidden = true;
    const tabs = () => {
      const { ids } = this.#tabs;
      return first !== undefined && ids.includes(first) ? [first, ...ids.filter((id) => id !== first)] : ids;
    };
    await ignoringFailedCommands(async () => {
      if ((await this.#foreground.find(tabs)) === false) this.#noticeHidden();
    });
  }

  /** Opens a new tab and shows it. */
  async open() {
    const { targetId } = await this.#connection.send("Target.createTarget", { url: "about:blank" });
    await this.#show(targetId);
  }

  close() {
    if (this.#id !== undefined) this.#connection.post("Target.closeTarget", { targetId: this.#id });
  }

  /** Brings the tab to the foreground: a tab in the background takes no input. */
  activate() {
    if (this.#id !== undefined) this.#connection.post("Target.activateTarget", { targetId: this.#id });
  }

  /** @param {TabChange} change */
  #changed({ change, id, openerId }) {
    if (change === "closed") {
      if (id === this.#id) this.#closed(openerId);
      return;
    }
    if (change === "changed") {
      if (id === this.#id) this.emit("change", null);
      return;
    }
    // A tab that the shown one has opened, or that opens for the person in control, is worth seeing.
    if (this.#hasControl() || openerId === this.#id) this.#isChosen = false;
    // The browser may report the new foreground tab after the old one went to the background.
    if (!this.#isChosen && !this.#isVisible) this.follow();
  }

  /** @param {string | undefined} openerId */
  #closed(openerId) {
    this.#id = undefined;
    this.#setSession(undefined);
    this.follow(openerId);
  }

  /** @param {string} id */
  async #choose(id) {
    if (id === this.#id) return;
    this.#isChosen = true;
    await ignoringFailedCommands(async () => {
      if (this.#hasControl()) await this.#connection.send("Target.activateTarget", { targetId: id });
      await this.#show(id);
    });
    byId("follow").hidden = this.#pinned !== null;
  }

  /**
   * Shows a tab.
   *
   * @param {string} id
   * @returns {Promise<boolean>} whether that worked
   */
  async #show(id) {
    const before = this.#session;
    this.#id = id;
    this.#isVisible = undefined;
    this.#setSession(undefined);
    if (before) this.#connection.post("Target.detachFromTarget", { sessionId: before });
    this.#tabs.show(id);
    this.emit("change", null);
    const session = await this.#attach(id);
    if (session === undefined) return false;
    // Another tab was chosen meanwhile.
    if (this.#id !== id) {
      this.#connection.post("Target.detachFromTarget", { sessionId: session });
      return false;
    }
    this.#setSession(session);
    return true;
  }

  /** @param {string} id */
  async #attach(id) {
    try {
      const { sessionId } = await this.#connection.send("Target.attachToTarget", { targetId: id, flatten: true });
      return sessionId;
    } catch {
      return undefined;
    }
  }

  /** @param {string | undefined} session */
  #setSession(session) {
    this.#session = session;
    this.emit("session", session);
  }

  #noticeHidden() {
    if (this.#id !== undefined) {
      const text = "It is shown when it comes to the foreground.";
      return this.#notice.show("hidden", { title: "This tab is in the background", text });
    }
    this.#notice.show("hidden", { title: this.#pinned ? "This tab is closed" : "No open tabs", text: "" });
  }
}
