// The place that the dashboard shows, and the browser's history of places.

/** @import { Place } from "./address.js" */

import { Emitter } from "../page/emitter.js";
import { readAddress, writeAddress } from "./address.js";

/**
 * Emits `move` with the previous place when the place has changed.
 *
 * @extends {Emitter<{move: Place}>}
 */
export class Navigation extends Emitter {
  place = readAddress(location.search);

  constructor() {
    super();
    addEventListener("popstate", () => this.#arrive(readAddress(location.search)));
  }

  /**
   * Changes parts of the place.
   *
   * @param {Partial<Place>} change
   * @param {{replace?: boolean}} [options] `replace` adds no entry to the history
   */
  go(change, { replace = false } = {}) {
    const place = { ...this.place, ...change };
    const address = writeAddress(place);
    if (address === writeAddress(this.place)) return;
    history[replace ? "replaceState" : "pushState"](null, "", address);
    this.#arrive(place);
  }

  /**
   * The address of the place with some parts changed, for a link.
   *
   * @param {Partial<Place>} change
   */
  addressOf(change) {
    return writeAddress({ ...this.place, ...change });
  }

  /** @param {Place} place */
  #arrive(place) {
    const before = this.place;
    this.place = place;
    this.emit("move", before);
  }
}
