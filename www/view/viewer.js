// Connects the viewer's parts: events go to the part that they are for, and the page shows the connection's state.

/** @import { Ask, CdpEvent, Input, Post } from "./cdp.js" */
/** @import { Link } from "./link.js" */
/** @import { ConnectionState } from "./status_bar.js" */

import { byId } from "../page/by_id.js";
import { Connection, ignoringFailedCommands } from "./connection.js";
import { Console } from "./console.js";
import { Control } from "./control.js";
import { Dialog } from "./dialog.js";
import { Keyboard } from "./keyboard.js";
import { NavigationBar } from "./navigation_bar.js";
import { Notice } from "./notice.js";
import { Pointer } from "./pointer.js";
import { Screen } from "./screen.js";
import { ShownTab } from "./shown_tab.js";
import { showStatus } from "./status_bar.js";
import { nameOf } from "./tabs.js";

const TITLES_EVERY_MS = 1_000;
/** Why the service refuses a link, by its error code. @type {Map<string, string>} */
const REFUSALS = new Map([
  ["invalid_token", "The link is incomplete or belongs to another session."],
  ["session_not_found", "Session not found."],
]);

export class Viewer {
  #link;
  #notice = new Notice();
  #picture = byId("picture", HTMLCanvasElement);
  #connection;
  #shownTab;
  #control;
  #screen;
  #console;
  #dialog;
  #navigationBar;
  #keyboard;
  /** @type {ConnectionState} */
  #state = "connecting";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #titlesTimer;

  /** @param {Link} link */
  constructor(link) {
    this.#link = link;
    const connection = this.#connect();
    /** @type {Post} */
    const post = (method, params, sessionId) => connection.post(method, params, sessionId);
    /** @type {Input} */
    const input = (method, params) => shownTab.session && connection.post(method, params, shownTab.session);
    /** @type {Ask} */
    const ask = (method, params) => connection.send(method, params, shownTab.session);
    const shownTab = new ShownTab({
      connection,
      notice: this.#notice,
      pinned: link.tab,
      hasControl: () => this.#control.hasControl,
    });
    this.#connection = connection;
    this.#shownTab = shownTab;
    this.#control = new Control({
      connection,
      shownTab,
      mayInteract: !link.isViewOnly,
      onChange: () => this.#showStatus(),
    });
    this.#screen = new Screen(this.#picture, byId("stage"), post, {
      drawn: () => shownTab.drawn(),
      visible: (isVisible) => shownTab.setVisible(isVisible),
    });
    this.#console = new Console(post);
    this.#dialog = new Dialog((accept, promptText) => input("Page.handleJavaScriptDialog", { accept, promptText }));
    this.#navigationBar = this.#makeNavigationBar(ask);
    this.#keyboard = new Keyboard(byId("sink", HTMLTextAreaElement), input, {
      released: () => this.#control.release(),
      refused: (why) => this.#notice.pass("Not sent", why),
    });
    const pointer = new Pointer(this.#picture, (point) => this.#screen.positionOf(point), input);
    this.#control.add(pointer, this.#keyboard, this.#dialog);
    shownTab.on("session", (session) => this.#showSession(session));
    shownTab.on("change", () => this.#showTab());
    this.#listen();
    this.#showStatus();
  }

  #connect() {
    return new Connection(this.#link.path, {
      opened: () => this.#opened(),
      event: (event) => this.#take(event),
      lost: (retryInMs) => this.#lost(retryInMs),
      ended: (why) => this.#over("This session has ended", reasonIn(why)),
      refused: (code, why) => this.#over("This link is not valid", REFUSALS.get(code) ?? reasonIn(why)),
    });
  }

  /** @param {Ask} ask */
  #makeNavigationBar(ask) {
    return new NavigationBar(ask, {
      newTab: () => {
        ignoringFailedCommands(async () => {
          await this.#shownTab.open();
          this.#navigationBar.focus();
        });
      },
      closeTab: () => this.#shownTab.close(),
      refused: (why) => this.#notice.pass("Can't open this address", why),
      done: () => this.#keyboard.focus(),
    });
  }

  #listen() {
    byId("drive").addEventListener("click", () => this.#control.toggle());
    byId("stop").addEventListener("click", () => this.#control.release());
    byId("keyboard").addEventListener("click", () => this.#keyboard.focus());
    this.#picture.addEventListener("mousedown", () => this.#keyboard.focus());
    if (!this.#link.fullscreen) return;
    // A fullscreen page has no button for control, so the picture takes it. That click or key does not reach the page.
    this.#picture.tabIndex = 0;
    this.#picture.addEventListener("click", () => {
      if (!this.#control.hasControl) this.#control.take();
    });
    this.#picture.addEventListener("keydown", ({ key }) => {
      if (key === "Enter") this.#control.take();
    });
  }

  async #opened() {
    this.#notice.clear("lost");
    this.#setState("live");
    this.#shownTab.reset();
    await ignoringFailedCommands(async () => {
      await this.#connection.send("Target.setDiscoverTargets", { discover: true });
      await this.#shownTab.follow();
    });
    this.#scheduleTitles();
  }

  #scheduleTitles() {
    clearTimeout(this.#titlesTimer);
    this.#titlesTimer = setTimeout(async () => {
      if (!document.hidden) await ignoringFailedCommands(() => this.#shownTab.refreshTitles());
      if (this.#state === "live") this.#scheduleTitles();
    }, TITLES_EVERY_MS);
  }

  /** @param {number} retryInMs */
  #lost(retryInMs) {
    this.#disconnect();
    this.#console.forget();
    this.#setState("lost");
    this.#notice.show("lost", {
      title: "Connection lost",
      text: `The picture may be out of date. Reconnecting in ${Math.ceil(retryInMs / 1000)} s.`,
      action: { name: "Try now", run: () => this.#connection.retry() },
    });
  }

  /**
   * @param {string} title
   * @param {string} text
   */
  #over(title, text) {
    this.#control.forbid();
    this.#disconnect();
    document.body.classList.add("is-over");
    this.#setState("over");
    this.#notice.show("over", { title, text });
  }

  #disconnect() {
    this.#control.release();
    this.#shownTab.disconnect();
    this.#screen.forget();
    this.#dialog.close();
  }

  /** @param {CdpEvent} event */
  #take(event) {
    if (this.#shownTab.take(event)) return;
    if (this.#shownTab.session === undefined || event.sessionId !== this.#shownTab.session) return;
    if (this.#screen.take(event)) return;
    this.#console.take(event);
    if (event.method === "Page.javascriptDialogOpening") this.#dialog.open(event.params);
    if (event.method === "Page.javascriptDialogClosed") this.#dialog.close();
  }

  /** @param {string | undefined} session the CDP session of the shown tab */
  #showSession(session) {
    this.#screen.show(session);
    this.#console.show(session);
    if (session === undefined) this.#dialog.close();
    else this.#control.requestDialogs();
  }

  #showTab() {
    const { tab } = this.#shownTab;
    if (!tab) return;
    document.title = `${nameOf(tab)} · Tidewatch`;
    this.#picture.setAttribute("aria-label", `Picture of ${nameOf(tab)}`);
    this.#navigationBar.show(tab.url);
  }

  /** @param {ConnectionState} state */
  #setState(state) {
    this.#state = state;
    this.#showStatus();
  }

  #showStatus() {
    const { mayInteract, hasControl } = this.#control;
    showStatus({ state: this.#state, mayInteract, hasControl, isFullscreen: this.#link.fullscreen });
    this.#navigationBar.update({ mayInteract, hasControl, isPinned: this.#link.tab !== null });
  }
}

/**
 * The reason in the service's message, as a sentence: it stands after a colon, in a few words.
 *
 * @param {string} message
 */
function reasonIn(message) {
  const reason = message.slice(message.indexOf(": ") + 1).trim();
  return `${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}.`;
}
