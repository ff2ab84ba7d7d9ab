// Which tab is in front. The browser tells it only of a tab whose picture is asked for, so one after the other is asked.

const WAIT_MS = 1_000;
const ASKED_MAX = 20;

export class Front {
  #show;
  #isLooking = false;
  /** Whether somebody has come to ask while it was being asked. */
  #isStale = false;
  #tell;

  /** @param {(id: string) => Promise<boolean>} show shows a tab; whether it could */
  constructor(show) {
    this.#show = show;
  }

  /** Takes what the browser tells of the shown tab; answers whether that was what was waited for. */
  take(isVisible) {
    this.#tell?.(isVisible);
    return this.#isLooking;
  }

  /**
   * Shows the first of the tabs that is in front; if none is, the first. Answers whether one is; nothing if somebody is asking
   * already, who then asks again.
   *
   * @param {() => string[]} tabs as they are when they are asked
   */
  async find(tabs) {
    this.#isStale = this.#isLooking;
    if (this.#isLooking) return undefined;
    this.#isLooking = true;
    try {
      let isFound = await this.#findOnce(tabs());
      while (this.#isStale && !isFound) {
        this.#isStale = false;
        isFound = await this.#findOnce(tabs());
      }
      return isFound;
    } finally {
      this.#isLooking = this.#isStale = false;
    }
  }

  async #findOnce(ids) {
    for (const id of ids.slice(0, ASKED_MAX)) {
      if (await this.#isInFront(id)) return true;
    }
    return ids.length > 1 && (await this.#isInFront(ids[0]));
  }

  async #isInFront(id) {
    let timer;
    const told = new Promise((resolve) => {
      this.#tell = resolve;
      timer = setTimeout(resolve, WAIT_MS, false);
    });
    const isShown = await this.#show(id);
    const isInFront = isShown && (await told);
    clearTimeout(timer);
    this.#tell = undefined;
    return isInFront;
  }
}
