// Finds the tab in the foreground. The browser says whether a tab is visible only after its screencast was started, so
// the tabs are shown one after the other until one is visible.

const WAIT_MS = 1_000;
const ASKED_MAX = 20;

export class ForegroundTab {
  #show;
  #isSearching = false;
  /** Whether another search was requested during this one. */
  #isStale = false;
  /** @type {((isVisible: boolean) => void) | undefined} */
  #answer;

  /** @param {(id: string) => Promise<boolean>} show shows a tab, and returns whether that worked */
  constructor(show) {
    this.#show = show;
  }

  /**
   * Takes what the browser says about the shown tab.
   *
   * @param {boolean} isVisible
   * @returns {boolean} whether a search was waiting for it
   */
  take(isVisible) {
    this.#answer?.(isVisible);
    return this.#isSearching;
  }

  /**
   * Shows the first tab that is in the foreground, or the first tab if none is. During another search it returns
   * undefined, and that search starts again if it finds nothing.
   *
   * @param {() => string[]} tabs the current ids of the tabs
   * @returns {Promise<boolean | undefined>} whether a tab is in the foreground
   */
  async find(tabs) {
    this.#isStale = this.#isSearching;
    if (this.#isSearching) return undefined;
    this.#isSearching = true;
    try {
      let isFound = await this.#findOnce(tabs());
      while (this.#isStale && !isFound) {
        this.#isStale = false;
        isFound = await this.#findOnce(tabs());
      }
      return isFound;
    } finally {
      this.#isSearching = false;
      this.#isStale = false;
    }
  }

  /** @param {string[]} ids */
  async #findOnce(ids) {
    for (const id of ids.slice(0, ASKED_MAX)) {
      if (await this.#isInForeground(id)) return true;
    }
    const [first, second] = ids;
    // Shows the first tab again.
    return first !== undefined && second !== undefined && (await this.#isInForeground(first));
  }

  /** @param {string} id */
  async #isInForeground(id) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    /** @type {Promise<boolean>} */
    const answer = new Promise((resolve) => {
      this.#answer = resolve;
      timer = setTimeout(() => resolve(false), WAIT_MS);
    });
    const isShown = await this.#show(id);
    const isVisible = isShown && (await answer);
    clearTimeout(timer);
    this.#answer = undefined;
    return isVisible;
  }
}
