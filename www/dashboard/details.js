// The panel with everything that is known about one session. The page's address says which one.

/** @import { SessionData, SessionEvent, Tidewatch } from "tidewatch" */
/** @import { Actions } from "./actions.js" */
/** @import { Fleet } from "./fleet.js" */
/** @import { Navigation } from "./navigation.js" */
/** @import { Happened } from "./session_facts.js" */

import { byId } from "../page/by_id.js";
import { h, icon, setText } from "../page/element.js";
import { messageOf } from "../page/failure.js";
import { formatDuration, shortId } from "../page/format.js";
import * as icons from "../page/icons.js";
import { copy } from "./actions.js";
import { onTick, serviceNow } from "./clock.js";
import { fillDialog } from "./dialog.js";
import { notice, noticeError } from "./notices.js";
import { changesOf, sectionsOf } from "./session_facts.js";

const EXTENSIONS_MS = [5, 15, 60].map((minutes) => minutes * 60_000);

export class Details {
  #client;
  #fleet;
  #navigation;
  #actions;
  #dialog = byId("details", HTMLDialogElement);
  #body = h("div");
  /** @type {string | null} the id of the open session */
  #id = null;
  /** @type {SessionData | null} the open session, once it is known */
  #session = null;
  /** @type {Map<string, Happened[]>} the events since the page was opened, by the session's id */
  #happened = new Map();
  #request = new AbortController();

  /** @param {{client: Tidewatch, fleet: Fleet, navigation: Navigation, actions: Actions}} parts */
  constructor({ client, fleet, navigation, actions }) {
    this.#client = client;
    this.#fleet = fleet;
    this.#navigation = navigation;
    this.#actions = actions;
    this.#dialog.addEventListener("close", () => this.#navigation.go({ session: null }));
    navigation.on("move", () => this.#followAddress());
    fleet.on("happened", (event) => this.#take(event));
    onTick(() => this.#tick());
    this.#followAddress();
  }

  #followAddress() {
    const { session: id } = this.#navigation.place;
    if (!id) {
      this.#id = null;
      this.#session = null;
      return this.#dialog.close();
    }
    if (this.#id === id && this.#dialog.open) return;
    this.#open(id);
  }

  /** @param {string} id */
  async #open(id) {
    this.#request.abort();
    const request = new AbortController();
    this.#request = request;
    const loading = h("p", { class: "faint", role: "status" }, "Loading …");
    this.#body = h("div", { class: "details", tabindex: "-1" }, loading);
    fillDialog(this.#dialog, `Session ${shortId(id)}`, this.#body);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#id = id;
    this.#session = null;
    const known = this.#fleet.get(id);
    if (known) this.#show(known);
    try {
      const session = await this.#client.sessions.retrieve(id, { signal: request.signal });
      if (!request.signal.aborted) this.#show(session);
    } catch (error) {
      if (!request.signal.aborted && !known)
        this.#body.replaceChildren(h("p", { class: "trouble", role: "alert" }, messageOf(error)));
    }
  }

  /** @param {SessionEvent} event */
  #take({ sessionId, type, at, session }) {
    const before = this.#happened.get(sessionId) ?? [];
    const last = sessionId === this.#id ? this.#session : null;
    const changes = last && session ? changesOf(last, session) : [];
    this.#happened.set(sessionId, [...before, { type, at, changes }]);
    if (sessionId === this.#id && session) this.#show(session);
  }

  /** @param {SessionData} session */
  #show(session) {
    // The buttons stay while the status does, so that the focus stays on them.
    const isSame = this.#session?.status === session.status;
    const kept = isSame ? this.#body.querySelector(".actions") : null;
    this.#session = session;
    for (const child of [...this.#body.children]) if (child !== kept) child.remove();
    if (!kept) this.#body.append(session.status === "live" ? this.#liveActions(session) : endedActions(session));
    this.#body.append(...sectionsOf(session, this.#happened.get(session.id) ?? []));
    this.#tick();
  }

  /** @param {SessionData} session */
  #liveActions({ id, sessionViewerUrl, websocketUrl }) {
    const { extend, copyLink, release } = this.#actions;
    const copyUrl = () =>
      copy(websocketUrl).then(
        () => notice("CDP URL copied. Anyone with it controls this browser until the session ends."),
        noticeError,
      );
    const extendButtons = EXTENSIONS_MS.map((ms) =>
      h(
        "button",
        {
          type: "button",
          title: "Extend the timeout",
          onclick: ({ currentTarget }) => extend(id, ms, currentTarget),
        },
        `+${formatDuration(ms)}`,
      ),
    );
    return h(
      "div",
      { class: "actions" },
      h(
        "a",
        { class: "button primary", href: sessionViewerUrl, target: "_blank", rel: "noopener" },
        icon(icons.EYE),
        "Watch live",
      ),
      ...extendButtons,
      h(
        "button",
        { type: "button", onclick: ({ currentTarget }) => copyLink(id, currentTarget) },
        icon(icons.LINK),
        "View-only link",
      ),
      h("button", { type: "button", onclick: copyUrl }, icon(icons.PLUG), "CDP URL"),
      h(
        "button",
        { type: "button", class: "danger end", onclick: ({ currentTarget }) => release(id, currentTarget) },
        "Release",
      ),
    );
  }

  #tick() {
    const line = this.#dialog.open && this.#body.querySelector(".summary .left");
    if (line && this.#session) setText(line, describeAge(this.#session));
  }
}

/** @param {SessionData} session */
function endedActions({ id, recording }) {
  const replay = h(
    "a",
    { class: "button primary", href: `/replay/?session=${encodeURIComponent(id)}` },
    icon(icons.PLAY),
    "Replay",
  );
  const copyId = h(
    "button",
    { type: "button", onclick: () => copy(id).then(() => notice("ID copied."), noticeError) },
    "Copy ID",
  );
  return h("div", { class: "actions" }, recording && replay, copyId);
}

/** @param {SessionData} session */
function describeAge({ status, createdAt, expiresAt, duration }) {
  if (status !== "live") return `after ${formatDuration(duration)}`;
  const now = serviceNow();
  const age = formatDuration(now - Date.parse(createdAt));
  return `${age} old, ${formatDuration(Date.parse(expiresAt) - now)} left`;
}
