// What the viewer is doing: which tab it shows, whether it drives, and what it says about the connection.

import { Bar } from "./bar.js";
import { Connection } from "./connection.js";
import { Console } from "./console.js";
import { Dialog } from "./dialog.js";
import { Front } from "./front.js";
import { Keyboard } from "./keyboard.js";
import { Notice } from "./notice.js";
import { Pointer } from "./pointer.js";
import { Screen } from "./screen.js";
import { nameOf, Tabs } from "./tabs.js";

const TITLES_EVERY_MS = 1_000;

export class Viewer {
  #link;
  #byId;
  #connection;
  #tabs;
  #front;
  #screen;
  #console;
  #dialog;
  #bar;
  #notice;
  #keyboard;
  #pointer;
  /** The tab that is shown, and this viewer's session with it. */
  #shown;
  #session;
  /** Whether somebody has chosen the tab that is shown: then it stays, also behind another one. */
  #isChosen = false;
  #mayInteract;
  #isDriving = false;
  /** Whether the tab that is shown is in front, as the browser said last; undefined while it has said nothing. */
  #isInFront = true;
  #state = "connecting";
  #titles;

  /**
   * @param {ReturnType<import("./link.js").readLink>} link
   * @param {(id: string) => HTMLElement} byId
   */
  constructor(link, byId) {
    this.#link = link;
    this.#byId = byId;
    this.#mayInteract = !link.looksOnly;
    this.#notice = new Notice(byId);
    this.#makeParts();
    this.#listen();
    this.#tell();
    this.#connection = new Connection(link.path, {
      opened: () => this.#opened(),
      event: (message) => this.#take(message),
      lost: (ms) => this.#lost(ms),
      ended: (why) => this.#over("This session has ended", why),
      refused: (why) => this.#over("This link is not valid", why),
    });
  }

  #makeParts() {
    const byId = this.#byId;
    const post = (...command) => this.#connection.post(...command);
    const input = (method, params) => this.#session && post(method, params, this.#session);
    const ask = (method, params) => this.#connection.send(method, params, this.#session);
    this.#tabs = new Tabs(byId("tabs"), this.#link.tab, (id) => this.#choose(id));
    this.#front = new Front((id) => this.#show(id));
    this.#screen = new Screen(byId("picture"), byId("stage"), post, {
      // One that was made before it went behind another one may be drawn after.
      drawn: () => this.#isInFront === false || this.#notice.clear("hidden"),
      visible: (isVisible) => this.#seen(isVisible),
    });
    const panel = { panel: byId("console"), lines: byId("lines"), level: byId("level"), count: byId("console-count") };
    this.#console = new Console({ ...panel, clear: byId("clear") }, post);
    const dialog = {
      box: byId("dialog"),
      title: byId("dialog-title"),
      text: byId("dialog-text"),
      hint: byId("dialog-hint"),
      answer: byId("dialog-answer"),
      accept: byId("dialog-accept"),
      cancel: byId("dialog-cancel"),
    };
    this.#dialog = new Dialog(dialog, (accept, promptText) => {
      input("Page.handleJavaScriptDialog", { accept, promptText });
    });
    this.#bar = new Bar(byId, ask, {
      newTab: () => this.#newTab(),
      closeTab: () => post("Target.closeTarget", { targetId: this.#shown }),
      refused: (why) => this.#notice.pass("That can't be opened", why),
      done: () => this.#keyboard.focus(),
    });
    this.#keyboard = new Keyboard(byId("sink"), input, {
      left: () => this.#drive(false),
      refused: (why) => this.#notice.pass("Not sent", why),
    });
    this.#pointer = new Pointer(byId("picture"), (at) => this.#screen.place(at), input);
  }

  #listen() {
    const byId = this.#byId;
    byId("drive").addEventListener("click", () => this.#drive(!this.#isDriving));
    byId("stop").addEventListener("click", () => this.#drive(false));
    byId("keyboard").addEventListener("click", () => this.#keyboard.focus());
    byId("follow").addEventListener("click", () => this.#follow());
    const picture = byId("picture");
    picture.addEventListener("mousedown", () => this.#keyboard.focus());
    if (!this.#link.fullscreen) return;
    // There is no frame with a button. What takes over does nothing to the page yet.
    picture.tabIndex = 0;
    picture.addEventListener("click", () => this.#isDriving || this.#drive(true));
    picture.addEventListener("keydown", ({ key }) => key === "Enter" && this.#drive(true));
  }

  async #opened() {
    this.#notice.clear("lost");
    this.#tell("live");
    this.#tabs.forget();
    this.#shown = this.#session = undefined;
    await quietly(async () => {
      await this.#connection.send("Target.setDiscoverTargets", { discover: true });
      await this.#follow();
    });
    this.#askForTitles();
  }

  // The browser tells of a new title only where it navigates.
  #askForTitles() {
    clearTimeout(this.#titles);
    this.#titles = setTimeout(async () => {
      await quietly(async () => {
        if (document.hidden) return;
        const { targetInfos } = await this.#connection.send("Target.getTargets");
        for (const targetInfo of targetInfos) this.#tabs.refresh(targetInfo);
        this.#tellTab();
      });
      if (this.#state === "live") this.#askForTitles();
    }, TITLES_EVERY_MS);
  }

  #lost(ms) {
    this.#drive(false);
    this.#session = undefined;
    this.#screen.forget();
    this.#console.forget();
    this.#dialog.close();
    this.#tell("lost");
    const text = `What you see may be old. It is tried again in ${Math.ceil(ms / 1000)} s.`;
    this.#notice.show("lost", "Connection lost", text, ["Try now", () => this.#connection.retry()]);
  }

  #over(title, why) {
    this.#drive(false);
    this.#session = undefined;
    this.#screen.forget();
    this.#dialog.close();
    this.#mayInteract = false;
    document.body.classList.add("is-over");
    this.#tell("over");
    // What stands behind a colon is the reason, in a word or two.
    const reason = why.slice(why.indexOf(": ") + 1).trim();
    this.#notice.show("over", title, `${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}.`);
  }

  #take(message) {
    const change = this.#tabs.take(message);
    if (change) return this.#changed(change);
    if (message.sessionId !== this.#session || !this.#session) return;
    if (this.#screen.take(message)) return;
    this.#console.take(message);
    if (message.method === "Page.javascriptDialogOpening") this.#dialog.open(message.params);
    if (message.method === "Page.javascriptDialogClosed") this.#dialog.close();
  }

  #changed({ change, id, openerId }) {
    if (id === this.#shown && change === "changed") this.#tellTab();
    // A tab that this one has opened, or that opens for whoever drives, is what is wanted to be seen.
    if (change === "opened" && (this.#isDriving || this.#tabs.get(id).openerId === this.#shown)) this.#isChosen = false;
    // The one in front may be told of after the other that has gone behind it.
    if (change === "opened" && !this.#isChosen && !this.#isInFront) this.#follow();
    if (change !== "closed" || id !== this.#shown) return;
    this.#shown = this.#session = undefined;
    this.#screen.show(undefined);
    this.#dialog.close();
    this.#follow(openerId);
  }

  /** The shown tab is in front, or it is not. */
  #seen(isVisible) {
    this.#isInFront = isVisible;
    if (this.#front.take(isVisible)) return;
    if (isVisible) return this.#notice.clear("hidden");
    if (this.#isChosen || this.#link.tab) return this.#tellHidden();
    this.#follow();
  }

  /** Shows the tab that is in front, `first` if it is. */
  async #follow(first) {
    this.#isChosen = false;
    this.#byId("follow").hidden = true;
    const tabs = () => {
      const { ids } = this.#tabs;
      return ids.includes(first) ? [first, ...ids.filter((id) => id !== first)] : ids;
    };
    await quietly(async () => {
      if ((await this.#front.find(tabs)) === false) this.#tellHidden();
    });
  }

  async #choose(id) {
    if (id === this.#shown) return;
    this.#isChosen = true;
    await quietly(async () => {
      if (this.#isDriving) await this.#connection.send("Target.activateTarget", { targetId: id });
      await this.#show(id);
    });
    this.#byId("follow").hidden = this.#link.tab !== null;
  }

  /** Shows a tab; answers whether that could be done. */
  async #show(id) {
    const before = this.#session;
    this.#shown = id;
    this.#session = undefined;
    this.#isInFront = undefined;
    this.#screen.show(undefined);
    this.#console.show(undefined);
    this.#dialog.close();
    if (before) this.#connection.post("Target.detachFromTarget", { sessionId: before });
    this.#tabs.show(id);
    this.#tellTab();
    let attached;
    try {
      attached = await this.#connection.send("Target.attachToTarget", { targetId: id, flatten: true });
    } catch {
      return false;
    }
    // Meanwhile another one was wanted.
    if (this.#shown !== id) {
      this.#connection.post("Target.detachFromTarget", attached);
      return false;
    }
    this.#session = attached.sessionId;
    this.#screen.show(this.#session);
    this.#console.show(this.#session);
    this.#askForDialogs();
    return true;
  }

  // Whoever only looks is not told of them: the browser would hold a dialog for whoever has asked.
  async #askForDialogs() {
    if (!this.#mayInteract) return;
    try {
      await this.#connection.send("Page.enable", {}, this.#session);
    } catch (error) {
      if (!/only look/.test(error.message)) return;
      this.#mayInteract = false;
      this.#drive(false);
    }
  }

  #drive(isDriving) {
    const isOn = isDriving && this.#mayInteract && this.#session !== undefined;
    this.#isDriving = isOn;
    document.body.classList.toggle("is-driving", isOn);
    this.#pointer.turn(isOn);
    this.#keyboard.turn(isOn);
    this.#dialog.turn(isOn);
    // A tab behind another one takes no input.
    if (isOn) this.#connection.post("Target.activateTarget", { targetId: this.#shown });
    this.#tell();
  }

  async #newTab() {
    await quietly(async () => {
      const { targetId } = await this.#connection.send("Target.createTarget", { url: "about:blank" });
      await this.#show(targetId);
      this.#bar.focus();
    });
  }

  #tellTab() {
    const tab = this.#tabs.get(this.#shown);
    if (!tab) return;
    document.title = `${nameOf(tab)} · Tidewatch`;
    this.#byId("picture").setAttribute("aria-label", `Picture of ${nameOf(tab)}`);
    this.#bar.show(tab.url);
  }

  #tellHidden() {
    if (!this.#shown && this.#link.tab) return this.#notice.show("hidden", "This tab is closed", "");
    if (!this.#shown) return this.#notice.show("hidden", "No tab is open", "");
    this.#notice.show("hidden", "This tab is behind another one", "It is seen when it comes to the front.");
  }

  #tell(state = this.#state) {
    this.#state = state;
    const badge = this.#byId("state");
    const [text, kind] = {
      connecting: ["connecting …", ""],
      live: [this.#mayInteract ? "live" : "live, watching", "good"],
      lost: ["connection lost", "bad"],
      over: ["ended", "bad"],
    }[state];
    badge.textContent = text;
    badge.className = `badge ${kind}`;
    const drive = this.#byId("drive");
    drive.hidden = !this.#mayInteract;
    drive.disabled = state !== "live";
    drive.textContent = this.#isDriving ? "Stop driving" : "Take over";
    drive.setAttribute("aria-pressed", String(this.#isDriving));
    this.#byId("driving").hidden = !this.#isDriving;
    this.#byId("pill").hidden = !(this.#isDriving && this.#link.fullscreen);
    this.#byId("keyboard").hidden = !(this.#isDriving && matchMedia("(pointer: coarse)").matches);
    this.#bar.turn({ mayInteract: this.#mayInteract, isDriving: this.#isDriving, isPinned: this.#link.tab !== null });
  }
}

// What was wanted of a tab that has just been closed, or over a connection that has just been lost, is no longer wanted.
async function quietly(work) {
  try {
    await work();
  } catch (error) {
    if (error.name !== "CommandFailed") throw error;
  }
}
