// Small pictures of what is on the screen: a few at once, each every few seconds, and none while nobody looks.

const EVERY_MS = 5000;
const AT_ONCE = 3;
const LOOK_EVERY_MS = 250;
const WIDTH = 320;

export class Pictures {
  #client;
  #cards = [];
  #askedAt = new Map();
  #asking = 0;

  constructor(client) {
    this.#client = client;
    setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** From now on of these cards. */
  of(cards) {
    this.#cards = cards;
    const ids = new Set(cards.map(({ id }) => id));
    for (const id of this.#askedAt.keys()) if (!ids.has(id)) this.#askedAt.delete(id);
  }

  #look() {
    if (document.hidden) return;
    const since = (card) => this.#askedAt.get(card.id) ?? -Infinity;
    const due = this.#cards.filter(
      (card) => card.id && Date.now() - since(card) >= EVERY_MS && isOnScreen(card.element),
    );
    due.sort((a, b) => since(a) - since(b));
    for (const card of due.slice(0, AT_ONCE - this.#asking)) this.#ask(card);
  }

  async #ask(card) {
    const { id } = card;
    this.#askedAt.set(id, Date.now());
    this.#asking++;
    try {
      const picture = await this.#client.sessions.picture(id, { width: WIDTH, timeoutMs: EVERY_MS });
      if (card.id === id && card.element.isConnected) card.showPicture(picture);
    } catch {
      // A browser without a tab, or one that is busy or just gone, has none; it is asked again in its turn.
    } finally {
      this.#asking--;
    }
  }
}

function isOnScreen(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}
