// Where a person is in the dashboard: the address and the way back and forth through it.

import { readAddress, writeAddress } from "./address.js";

/** Tells `move` when the place is another; `before` is the one that was left. */
export class Navigation extends EventTarget {
  place = readAddress(location.search);

  constructor() {
    super();
    addEventListener("popstate", () => this.#arrive(readAddress(location.search)));
  }

  /** Goes to a place that differs in some things; `replace` leaves no step back. */
  go(change, { replace = false } = {}) {
    const place = { ...this.place, ...change };
    const address = writeAddress(place);
    if (address === writeAddress(this.place)) return;
    history[replace ? "replaceState" : "pushState"](null, "", address);
    this.#arrive(place);
  }

  /** The address of a place that differs in some things, for a link. */
  addressOf(change) {
    return writeAddress({ ...this.place, ...change });
  }

  #arrive(place) {
    const before = this.place;
    this.place = place;
    this.dispatchEvent(new CustomEvent("move", { detail: before }));
  }
}
