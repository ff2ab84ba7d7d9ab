// Small pictures of the sessions on the screen: a few requests at once, each session every few seconds, none while the
// page is hidden.

/** @import { Tidewatch } from "tidewatch" */
/** @import { LiveCard } from "./live_cards.js" */

const EVERY_MS = 5000;
const CONCURRENT_MAX = 3;
const CHECK_EVERY_MS = 250;
const WIDTH = 320;

export class Pictures {
  #client;
  /** @type {LiveCard[]} */
  #cards = [];
  /** @type {Map<string, number>} when each session's picture was requested, by the session's id */
  #requestedAt = new Map();
  #requests = 0;

  /** @param {Tidewatch} client */
  constructor(client) {
    this.#client = client;
    setInterval(() => this.#check(), CHECK_EVERY_MS);
  }

  /**
   * Shows pictures on these cards from now on.
   *
   * @param {LiveCard[]} cards
   */
  show(cards) {
    this.#cards = cards;
    const ids = new Set(cards.map(({ id }) => id));
    for (const id of this.#requestedAt.keys()) if (!ids.has(id)) this.#requestedAt.delete(id);
  }

  #check() {
    if (document.hidden) return;
    const due = [];
    for (const card of this.#cards) {
      const { id } = card;
      if (!id) continue;
      const since = this.#requestedAt.get(id) ?? -Infinity;
      if (Date.now() - since >= EVERY_MS && isOnScreen(card.element)) due.push({ card, id, since });
    }
    due.sort((a, b) => a.since - b.since);
    for (const { card, id } of due.slice(0, CONCURRENT_MAX - this.#requests)) this.#request(card, id);
  }

  /**
   * @param {LiveCard} card
   * @param {string} id
   */
  async #request(card, id) {
    this.#requestedAt.set(id, Date.now());
    this.#requests++;
    try {
      const picture = await this.#client.sessions.picture(id, { width: WIDTH, timeoutMs: EVERY_MS });
      if (card.id === id && card.element.isConnected) card.showPicture(picture);
    } catch {
      // A browser without tabs has no picture, and a busy or closed one gives none. It is asked again in its turn.
    } finally {
      this.#requests--;
    }
  }
}

/** @param {Element} element */
function isOnScreen(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}
