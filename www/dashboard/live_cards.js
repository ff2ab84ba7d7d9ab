// A live session as a card: its picture, whose it is, how long it may live, and what can be done with it.

import { serviceNow } from "./clock.js";
import { foreign, h, icon, setText, visible } from "./element.js";
import * as icons from "./icons.js";
import { chips } from "./metadata.js";
import { shortId, spanInWords } from "./words.js";

const SOON_MS = 60_000;
// What fits beside the picture.
const CHIPS = 2;
const EXTEND_MS = 5 * 60_000;

export class LiveCard {
  #actions;
  #session = null;
  #parts = {};
  #pictureUrl = null;

  /** @param {{extend: Function, release: Function, copyLink: Function, addressOf: (id: string) => string}} actions */
  constructor(actions) {
    this.#actions = actions;
    this.element = h("div", { class: "card-place", role: "listitem" });
  }

  get id() {
    return this.#session?.id;
  }

  show(session, index) {
    this.element.setAttribute("aria-posinset", index + 1);
    if (session === this.#session && session) return;
    const isSame = this.#session && session && this.#session.id === session.id;
    if (!isSame) this.#build(session);
    this.#session = session ?? null;
    if (session) this.#fill(session);
    this.tick();
  }

  #build(session) {
    if (!session)
      return this.element.replaceChildren(
        h("div", { class: "card loading", "aria-busy": "true" }, h("span", { class: "unseen" }, "Loading")),
      );
    const name = shortId(session.id);
    const id = session.id;
    const part = (key, element) => (this.#parts[key] = element);
    const doThis =
      (what, ...more) =>
      (event) =>
        this.#actions[what](id, ...more, event.currentTarget);
    const opens = { "aria-label": `Watch ${name} live`, target: "_blank", rel: "noopener" };
    this.element.replaceChildren(
      h(
        "article",
        { class: "card", "aria-label": `Session ${name}` },
        part(
          "shot",
          h(
            "a",
            { class: "shot", ...opens },
            part("image", h("img", { alt: "", hidden: true })),
            h("span", { class: "no-shot" }, icon(icons.GLOBE)),
          ),
        ),
        h(
          "div",
          { class: "card-text" },
          h(
            "div",
            { class: "card-head" },
            part("owner", h("span", { class: "owner" })),
            part("marks", h("span", { class: "marks" })),
          ),
          h(
            "p",
            { class: "card-id" },
            h("a", { class: "mono", href: this.#actions.addressOf(id), "data-session": id, title: id }, name),
            part("age", h("span", { class: "faint" })),
          ),
          part("chips", h("div", { class: "chips" })),
          h(
            "div",
            { class: "deadline" },
            h("div", { class: "track", "aria-hidden": "true" }, part("bar", h("div", { class: "fill" }))),
            part("left", h("span", { class: "left" })),
          ),
        ),
        h(
          "div",
          { class: "card-actions" },
          part("watch", h("a", { class: "button", ...opens }, icon(icons.EYE), "Watch")),
          h(
            "button",
            { type: "button", onclick: doThis("extend", EXTEND_MS), "aria-label": `+5 min for ${name}` },
            "+5 min",
          ),
          h(
            "button",
            {
              type: "button",
              onclick: doThis("copyLink"),
              "aria-label": `Copy the view-only link of ${name}`,
              title: "Copy a link that may only look",
            },
            icon(icons.LINK),
          ),
          h(
            "button",
            { type: "button", class: "danger end", onclick: doThis("release"), "aria-label": `Release ${name}` },
            "Release",
          ),
        ),
      ),
    );
    this.#setPicture(null);
  }

  #fill(session) {
    const { owner, marks, chips: pairs, shot, watch } = this.#parts;
    for (const link of [shot, watch]) link.href = session.sessionViewerUrl;
    owner.replaceChildren(session.owner ? foreign(session.owner) : h("span", { class: "faint" }, "no owner"));
    marks.replaceChildren(...this.#marksOf(session));
    pairs.replaceChildren(...chips(session.metadata, CHIPS, this.#actions.filterBy));
  }

  #marksOf({ recording, connected }) {
    const mark = (kind, text) => h("span", { class: `mark ${kind}` }, text);
    return [
      recording?.status === "recording" && mark("rec", "REC"),
      connected === true && mark("on", "connected"),
      connected === false && mark("off", "no client"),
    ].filter(Boolean);
  }

  /** Brings age and deadline to the present. */
  tick() {
    if (!this.#session) return;
    const { createdAt, expiresAt } = this.#session;
    const [from, to, now] = [Date.parse(createdAt), Date.parse(expiresAt), serviceNow()];
    const left = Math.max(0, to - now);
    setText(this.#parts.age, `${spanInWords(Math.max(1000, now - from))} old`);
    setText(this.#parts.left, left > 0 ? `${spanInWords(Math.max(1000, left))} left` : "ending");
    this.#parts.bar.style.scale = `${Math.min(1, left / Math.max(1, to - from))} 1`;
    this.element.firstElementChild.classList.toggle("soon", left < SOON_MS);
  }

  /** Shows a picture of it, or none, and lets go of the one before. */
  showPicture(blob) {
    if (this.#session) this.#setPicture(URL.createObjectURL(blob));
  }

  #setPicture(url) {
    const { image } = this.#parts;
    const old = this.#pictureUrl;
    this.#pictureUrl = url;
    image.hidden = url === null;
    if (url) image.src = url;
    else image.removeAttribute("src");
    if (old) URL.revokeObjectURL(old);
  }

  /** It is no longer drawn. */
  dispose() {
    if (this.#session) this.#setPicture(null);
  }

  get label() {
    return visible(this.#session?.owner ?? this.id ?? "");
  }
}
