// A live session as a card: its picture, its owner, its deadline, and what can be done with it.

/** @import { SessionData } from "tidewatch" */
/** @import { Actions } from "./actions.js" */

import { foreign, h, icon, setText } from "../page/element.js";
import { formatDuration, shortId } from "../page/format.js";
import * as icons from "../page/icons.js";
import { serviceNow } from "./clock.js";
import { chips } from "./metadata.js";

const SOON_MS = 60_000;
// As many as fit beside the picture.
const CHIPS = 2;
const EXTEND_MS = 5 * 60_000;

export class LiveCard {
  #actions;
  /** @type {SessionData | undefined} */
  #session;
  #parts = makeParts("");
  /** @type {string | null} */
  #pictureUrl = null;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.element = h("div", { class: "card-place", role: "listitem" });
  }

  get id() {
    return this.#session?.id;
  }

  /**
   * @param {SessionData | undefined} session undefined while it is not loaded
   * @param {number} index
   */
  show(session, index) {
    this.element.setAttribute("aria-posinset", String(index + 1));
    if (session === this.#session && session) return;
    if (!session || this.#session?.id !== session.id) this.#build(session);
    this.#session = session;
    if (session) this.#fill(session);
    this.tick();
  }

  /** @param {SessionData | undefined} session */
  #build(session) {
    this.#setPicture(null);
    if (!session) {
      this.element.replaceChildren(
        h("div", { class: "card loading", "aria-busy": "true" }, h("span", { class: "unseen" }, "Loading")),
      );
      return;
    }
    this.#parts = makeParts(shortId(session.id));
    const { image, shot } = this.#parts;
    shot.replaceChildren(image, h("span", { class: "no-shot" }, icon(icons.GLOBE)));
    this.element.replaceChildren(
      h(
        "article",
        { class: "card", "aria-label": `Session ${shortId(session.id)}` },
        shot,
        this.#text(session.id),
        this.#buttons(session.id),
      ),
    );
  }

  /** @param {string} id */
  #text(id) {
    const { owner, marks, age, pairs, bar, left } = this.#parts;
    const link = h(
      "a",
      { class: "mono", href: this.#actions.addressOf(id), "data-session": id, title: id },
      shortId(id),
    );
    return h(
      "div",
      { class: "card-text" },
      h("div", { class: "card-head" }, owner, marks),
      h("p", { class: "card-id" }, link, age),
      pairs,
      h("div", { class: "deadline" }, h("div", { class: "track", "aria-hidden": "true" }, bar), left),
    );
  }

  /** @param {string} id */
  #buttons(id) {
    const name = shortId(id);
    const { extend, copyLink, release } = this.#actions;
    return h(
      "div",
      { class: "card-actions" },
      this.#parts.watch,
      h(
        "button",
        {
          type: "button",
          "aria-label": `+5 min for ${name}`,
          onclick: ({ currentTarget }) => extend(id, EXTEND_MS, currentTarget),
        },
        "+5 min",
      ),
      h(
        "button",
        {
          type: "button",
          "aria-label": `Copy the view-only link of ${name}`,
          title: "Copy view-only link",
          onclick: ({ currentTarget }) => copyLink(id, currentTarget),
        },
        icon(icons.LINK),
      ),
      h(
        "button",
        {
          type: "button",
          class: "danger end",
          "aria-label": `Release ${name}`,
          onclick: ({ currentTarget }) => release(id, currentTarget),
        },
        "Release",
      ),
    );
  }

  /** @param {SessionData} session */
  #fill(session) {
    const { owner, marks, pairs, shot, watch } = this.#parts;
    for (const link of [shot, watch]) link.href = session.sessionViewerUrl;
    owner.replaceChildren(session.owner ? foreign(session.owner) : h("span", { class: "faint" }, "no owner"));
    marks.replaceChildren(...marksOf(session));
    pairs.replaceChildren(...chips(session.metadata, CHIPS, this.#actions.filterBy));
  }

  /** Brings age and deadline to the present. */
  tick() {
    if (!this.#session) return;
    const { createdAt, expiresAt } = this.#session;
    const [from, to, now] = [Date.parse(createdAt), Date.parse(expiresAt), serviceNow()];
    const left = Math.max(0, to - now);
    setText(this.#parts.age, `${formatDuration(Math.max(1000, now - from))} old`);
    setText(this.#parts.left, left > 0 ? `${formatDuration(Math.max(1000, left))} left` : "ending");
    this.#parts.bar.style.scale = `${Math.min(1, left / Math.max(1, to - from))} 1`;
    this.element.firstElementChild?.classList.toggle("soon", left < SOON_MS);
  }

  /**
   * Shows a picture of the session.
   *
   * @param {Blob} blob
   */
  showPicture(blob) {
    if (this.#session) this.#setPicture(URL.createObjectURL(blob));
  }

  /** @param {string | null} url */
  #setPicture(url) {
    const { image } = this.#parts;
    const old = this.#pictureUrl;
    this.#pictureUrl = url;
    image.hidden = url === null;
    if (url) image.src = url;
    else image.removeAttribute("src");
    if (old) URL.revokeObjectURL(old);
  }

  /** Frees its picture, after it has left the document. */
  dispose() {
    this.#setPicture(null);
  }
}

/**
 * The parts of a card that change.
 *
 * @param {string} name of the session
 */
function makeParts(name) {
  const opens = { "aria-label": `Watch ${name} live`, target: "_blank", rel: "noopener" };
  return {
    shot: h("a", { class: "shot", ...opens }),
    image: h("img", { alt: "", hidden: true }),
    owner: h("span", { class: "owner" }),
    marks: h("span", { class: "marks" }),
    age: h("span", { class: "faint" }),
    pairs: h("div", { class: "chips" }),
    bar: h("div", { class: "fill" }),
    left: h("span", { class: "left" }),
    watch: h("a", { class: "button", ...opens }, icon(icons.EYE), "Watch"),
  };
}

/** @param {SessionData} session */
function marksOf({ recording, connected }) {
  const mark = (/** @type {string} */ kind, /** @type {string} */ text) => h("span", { class: `mark ${kind}` }, text);
  const marks = [];
  if (recording?.status === "recording") marks.push(mark("rec", "REC"));
  if (connected === true) marks.push(mark("on", "connected"));
  if (connected === false) marks.push(mark("off", "no client"));
  return marks;
}
