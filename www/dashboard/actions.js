// What a person does with one session, from wherever it is shown.

import { notice, noticeTrouble } from "./notices.js";
import { shortId, spanInWords } from "./words.js";

const SURE_WITHIN_MS = 4000;

export class Actions {
  #client;
  #fleet;
  #navigation;

  constructor({ client, fleet, navigation }) {
    this.#client = client;
    this.#fleet = fleet;
    this.#navigation = navigation;
  }

  addressOf = (id) => this.#navigation.addressOf({ session: id });

  /** Adds to the filters: an owner, or a pair of metadata. */
  filterBy = ({ owner, metadata }) => {
    const { place } = this.#navigation;
    const pairs = Object.assign(Object.create(null), place.metadata);
    if (metadata) pairs[metadata[0]] = metadata[1];
    this.#navigation.go({ owner: owner ?? place.owner, metadata: pairs });
  };

  /** Lets a session live longer, counted from its deadline. */
  extend = async (id, ms, button) => {
    await this.#during(button, async () => {
      // As the service knows it now: another person may have extended it as well.
      const { timeout } = await this.#client.sessions.retrieve(id);
      await this.#client.sessions.update(id, { timeout: timeout + ms });
      notice(`${shortId(id)} may live ${spanInWords(ms)} longer.`);
    });
  };

  /** Ends a session, at the second press: an agent may be at work in it. */
  release = async (id, button) => {
    if (!isSure(button)) return;
    await this.#during(button, async () => {
      await this.#client.sessions.release(id);
      notice(`${shortId(id)} is released.`);
    });
  };

  copyLink = async (id, button) => {
    await this.#during(button, async () => {
      const session = this.#fleet.get(id) ?? (await this.#client.sessions.retrieve(id));
      await copy(session.sessionWatchUrl);
      notice(`A link that may only look at ${shortId(id)} is copied. It is good until the session ends.`);
    });
  };

  async #during(button, work) {
    // Not `disabled`, which would take the focus away.
    if (button?.getAttribute("aria-disabled") === "true") return;
    button?.setAttribute("aria-disabled", "true");
    try {
      await work();
    } catch (error) {
      noticeTrouble(error);
    } finally {
      button?.removeAttribute("aria-disabled");
    }
  }
}

function isSure(button) {
  if (button.dataset.asked) return true;
  const text = button.textContent;
  const label = button.getAttribute("aria-label");
  button.dataset.asked = "true";
  button.textContent = "Sure?";
  button.setAttribute("aria-label", `Sure? ${label ?? text}`);
  const takeBack = () => {
    clearTimeout(timer);
    delete button.dataset.asked;
    button.textContent = text;
    if (label) button.setAttribute("aria-label", label);
    else button.removeAttribute("aria-label");
  };
  const timer = setTimeout(takeBack, SURE_WITHIN_MS);
  button.addEventListener("blur", takeBack, { once: true });
  return false;
}

/** Copies a text, and says so where the page may not. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    throw new Error("This page may not write to the clipboard here.");
  }
}
