// What a person can do with one session, wherever it is shown.

/** @import { Tidewatch } from "tidewatch" */
/** @import { Fleet } from "./fleet.js" */
/** @import { Navigation } from "./navigation.js" */

import { formatDuration, shortId } from "../page/format.js";
import { notice, noticeError } from "./notices.js";

const CONFIRM_WITHIN_MS = 4000;

export class Actions {
  #client;
  #fleet;
  #navigation;

  /** @param {{client: Tidewatch, fleet: Fleet, navigation: Navigation}} parts */
  constructor({ client, fleet, navigation }) {
    this.#client = client;
    this.#fleet = fleet;
    this.#navigation = navigation;
  }

  /** @param {string} id */
  addressOf = (id) => this.#navigation.addressOf({ session: id });

  /**
   * Adds an owner or a metadata pair to the filters.
   *
   * @param {{owner?: string, metadata?: readonly [key: string, value: string]}} filter
   */
  filterBy = ({ owner, metadata }) => {
    const { place } = this.#navigation;
    const pairs = Object.assign(Object.create(null), place.metadata);
    if (metadata) pairs[metadata[0]] = metadata[1];
    this.#navigation.go({ owner: owner ?? place.owner, metadata: pairs });
  };

  /**
   * Moves a session's deadline later.
   *
   * @param {string} id
   * @param {number} ms
   * @param {HTMLElement} button
   */
  extend = async (id, ms, button) => {
    await this.#whileBusy(button, async () => {
      // Asks the service first: another person may have extended the session as well.
      const { timeout } = await this.#client.sessions.retrieve(id);
      await this.#client.sessions.update(id, { timeout: timeout + ms });
      notice(`${shortId(id)} extended by ${formatDuration(ms)}.`);
    });
  };

  /**
   * Ends a session at the second press: an agent may be at work in it.
   *
   * @param {string} id
   * @param {HTMLElement} button
   */
  release = async (id, button) => {
    if (!isConfirmed(button)) return;
    await this.#whileBusy(button, async () => {
      await this.#client.sessions.release(id);
      notice(`${shortId(id)} released.`);
    });
  };

  /**
   * Copies a session's view-only link.
   *
   * @param {string} id
   * @param {HTMLElement} button
   */
  copyLink = async (id, button) => {
    await this.#whileBusy(button, async () => {
      const session = this.#fleet.get(id) ?? (await this.#client.sessions.retrieve(id));
      await copy(session.sessionWatchUrl);
      notice(`View-only link of ${shortId(id)} copied. Valid until the session ends.`);
    });
  };

  /**
   * @param {HTMLElement} button
   * @param {() => Promise<void>} work
   */
  async #whileBusy(button, work) {
    // `disabled` would take the focus away.
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    try {
      await work();
    } catch (error) {
      noticeError(error);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }
}

/**
 * Whether this is the second press. The first one changes the button's text to a question, for a while.
 *
 * @param {HTMLElement} button
 */
function isConfirmed(button) {
  if (button.dataset.asked) return true;
  const text = button.textContent ?? "";
  const label = button.getAttribute("aria-label");
  const question = (/** @type {string} */ action) => `Confirm ${action.charAt(0).toLowerCase()}${action.slice(1)}`;
  button.dataset.asked = "true";
  button.textContent = question(text);
  button.setAttribute("aria-label", question(label ?? text));
  const restore = () => {
    clearTimeout(timer);
    delete button.dataset.asked;
    button.textContent = text;
    if (label) button.setAttribute("aria-label", label);
    else button.removeAttribute("aria-label");
  };
  const timer = setTimeout(restore, CONFIRM_WITHIN_MS);
  button.addEventListener("blur", restore, { once: true });
  return false;
}

/**
 * Copies a text to the clipboard.
 *
 * @param {string} text
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    throw new Error("Can't copy: this page has no access to the clipboard.");
  }
}
