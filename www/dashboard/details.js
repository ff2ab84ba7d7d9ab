// The panel beside the lists: everything that is known of one session. Its address is the page's.

import { serviceNow } from "./clock.js";
import { fillDialog } from "./dialog.js";
import { foreign, h, icon, setText } from "./element.js";
import * as icons from "./icons.js";
import { copy } from "./actions.js";
import { notice, noticeTrouble } from "./notices.js";
import { figure, momentInWords, reasonInWords, shortId, spanInWords } from "./words.js";

const EXTENSIONS_MS = [5, 15, 60].map((minutes) => minutes * 60_000);
const HAPPENED = {
  "session.created": "It is live",
  "session.updated": "Changed",
  "session.expiring": "Its time is nearly up",
  "session.ended": "It ended",
  "session.recorded": "Its recording is over",
  "session.closed": "Its browser is gone",
};
// What a person may want to copy, or paste into a program.
const HIDDEN = ["websocketUrl", "debugUrl", "sessionViewerUrl", "sessionWatchUrl", "optimizeBandwidth"];

export class Details {
  #client;
  #fleet;
  #navigation;
  #actions;
  #dialog = document.getElementById("details");
  #body;
  #session = null;
  #happened = new Map();
  #asked = new AbortController();

  constructor({ client, fleet, navigation, actions }) {
    this.#client = client;
    this.#fleet = fleet;
    this.#navigation = navigation;
    this.#actions = actions;
    this.#dialog.addEventListener("close", () => this.#navigation.go({ session: null }));
    navigation.addEventListener("move", () => this.#follow());
    fleet.addEventListener("happened", ({ detail }) => this.#hear(detail));
    setInterval(() => this.#tick(), 1000);
    this.#follow();
  }

  // The panel shows what the address says.
  #follow() {
    const { session: id } = this.#navigation.place;
    if (!id) {
      this.#session = null;
      return this.#dialog.close();
    }
    if (this.#session?.id === id && this.#dialog.open) return;
    this.#open(id);
  }

  async #open(id) {
    this.#asked.abort();
    const asked = (this.#asked = new AbortController());
    this.#body = h(
      "div",
      { class: "details", tabindex: "-1" },
      h("p", { class: "faint", role: "status" }, "Loading …"),
    );
    fillDialog(this.#dialog, `Session ${shortId(id)}`, this.#body);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#session = { id };
    const known = this.#fleet.get(id);
    if (known) this.#show(known);
    try {
      const session = await this.#client.sessions.retrieve(id, { signal: asked.signal });
      if (!asked.signal.aborted) this.#show(session);
    } catch (error) {
      if (!asked.signal.aborted && !known)
        this.#body.replaceChildren(h("p", { class: "trouble", role: "alert" }, error.message));
    }
  }

  #hear(event) {
    const told = this.#happened.get(event.sessionId) ?? [];
    this.#happened.set(event.sessionId, [...told, { type: event.type, at: event.at }]);
    if (event.sessionId === this.#session?.id && event.session) this.#show(event.session);
  }

  #show(session) {
    const isLive = session.status === "live";
    const isSame = this.#session?.status === session.status && this.#body.querySelector(".actions");
    this.#session = session;
    // Its buttons stay, so that the focus does.
    const head = isSame
      ? [...this.#body.querySelectorAll(".actions")]
      : [isLive ? this.#liveActions(session) : this.#endedActions(session)];
    const sections = [
      this.#summary(session),
      this.#facts(session),
      this.#pairs(session),
      this.#events(session),
      this.#config(session),
    ];
    for (const child of [...this.#body.children]) if (!head.includes(child)) child.remove();
    if (!isSame) this.#body.append(...head);
    this.#body.append(...sections.filter(Boolean));
    this.#tick();
  }

  #liveActions({ id, sessionViewerUrl, websocketUrl }) {
    const on =
      (work) =>
      ({ currentTarget }) =>
        work(currentTarget);
    const copyUrl = on(() =>
      copy(websocketUrl).then(
        () => notice("The CDP address is copied. Whoever has it drives this browser until the session ends."),
        noticeTrouble,
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
      ...EXTENSIONS_MS.map((ms) =>
        h(
          "button",
          {
            type: "button",
            title: "Let it live longer",
            onclick: on((button) => this.#actions.extend(id, ms, button)),
          },
          `+${spanInWords(ms)}`,
        ),
      ),
      h(
        "button",
        { type: "button", onclick: on((button) => this.#actions.copyLink(id, button)) },
        icon(icons.LINK),
        "View-only link",
      ),
      h("button", { type: "button", onclick: copyUrl }, icon(icons.PLUG), "CDP address"),
      h(
        "button",
        { type: "button", class: "danger end", onclick: on((button) => this.#actions.release(id, button)) },
        "Release",
      ),
    );
  }

  #endedActions({ id, recording }) {
    const replay = h(
      "a",
      { class: "button primary", href: `/replay/?session=${encodeURIComponent(id)}` },
      icon(icons.PLAY),
      "Replay",
    );
    const copyId = h(
      "button",
      { type: "button", onclick: () => copy(id).then(() => notice("The id is copied."), noticeTrouble) },
      "Copy id",
    );
    return h("div", { class: "actions" }, recording && replay, copyId);
  }

  #summary({ status, releaseReason, failure, closing }) {
    const state = status === "live" ? "Live" : reasonInWords(releaseReason);
    return h(
      "div",
      { class: "summary" },
      h(
        "p",
        {},
        h("span", { class: `dot ${status}`, "aria-hidden": "true" }),
        h("strong", {}, state),
        h("span", { class: "faint left" }),
      ),
      closing && h("p", { class: "hint" }, "The provider has not confirmed yet that its browser is gone."),
      failure && h("p", { class: "trouble" }, h("code", {}, failure.code), " ", foreign(failure.message, {}, "span")),
    );
  }

  #facts(session) {
    const {
      recording,
      eventCount,
      connected,
      dimensions: { width, height },
      inactivityTimeout,
      verifiedAt,
      owner,
      region,
      userAgent,
    } = session;
    const seen = { true: "yes", false: "no", null: "not watched" };
    const facts = [
      ["Id", h("code", {}, session.id)],
      ["Owner", owner ? foreign(owner) : "none"],
      ["Live since", momentInWords(session.createdAt)],
      session.status === "live"
        ? ["Ends at the latest", momentInWords(session.expiresAt)]
        : ["Ended", session.endedAt ? momentInWords(session.endedAt) : "–"],
      ["May live", spanInWords(session.timeout)],
      ...(session.status === "live" ? [] : [["Lived", spanInWords(session.duration)]]),
      ...(inactivityTimeout ? [["Ends unused after", spanInWords(inactivityTimeout)]] : []),
      ["Browser seconds", figure(session.creditsUsed)],
      ["A client is connected", seen[String(connected)]],
      ["Browser last confirmed", verifiedAt ? momentInWords(verifiedAt) : "never"],
      ["Window", width ? `${width} × ${height}` : "none"],
      ["Provider", foreign([session.provider, region].filter(Boolean).join(", "))],
      ...(userAgent ? [["User agent", foreign(userAgent)]] : []),
      [
        "Recording",
        recording
          ? `${recording.status}, ${figure(eventCount)} events, inputs ${recording.maskInputs ? "masked" : "shown"}`
          : "none",
      ],
    ];
    return section("About", definitions(facts));
  }

  #pairs({ metadata }) {
    const pairs = Object.entries(metadata);
    if (pairs.length === 0) return null;
    return section("Metadata", definitions(pairs.map(([key, value]) => [foreign(key), foreign(value)])));
  }

  // What happened before the page was opened is known from the session alone.
  #events(session) {
    const told = this.#happened.get(session.id) ?? [];
    const types = new Set(told.map(({ type }) => type));
    const known = [
      !types.has("session.created") && { type: "session.created", at: session.createdAt },
      ...told,
      session.endedAt && !types.has("session.ended") && { type: "session.ended", at: session.endedAt },
    ]
      .filter(Boolean)
      .sort((a, b) => (a.at < b.at ? -1 : 1));
    const line = ({ type, at }) =>
      h(
        "li",
        {},
        h("time", { datetime: at }, momentInWords(at)),
        " ",
        Object.hasOwn(HAPPENED, type) ? HAPPENED[type] : type,
      );
    return section("Events", h("ol", { class: "events" }, ...known.map(line)));
  }

  #config({ config, ...rest }) {
    const shown = Object.fromEntries(Object.entries(rest).filter(([key]) => !HIDDEN.includes(key)));
    const json = (value) => h("pre", { tabindex: "0" }, JSON.stringify(value, null, 2));
    const more = h("details", {}, h("summary", {}, "As the service tells it"), json(shown));
    return h("div", {}, config && Object.keys(config).length > 0 && section("What was asked for", json(config)), more);
  }

  #tick() {
    const { status, createdAt, expiresAt, duration } = this.#session ?? {};
    const line = this.#dialog.open && this.#body?.querySelector(".summary .left");
    if (!line || !createdAt) return;
    const now = serviceNow();
    setText(
      line,
      status === "live"
        ? `${spanInWords(now - Date.parse(createdAt))} old, ${spanInWords(Date.parse(expiresAt) - now)} left`
        : `after ${spanInWords(duration)}`,
    );
  }
}

function section(title, content) {
  return h("section", {}, h("h3", {}, title), content);
}

function definitions(pairs) {
  return h(
    "dl",
    { class: "definitions" },
    ...pairs.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}
