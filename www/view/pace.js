// How good and how frequent the pictures are: less of both where they come or are drawn too slowly.

/**
 * From the best to the least: JPEG quality, the share of the screen's own pixels, and how long after one frame the next is
 * acknowledged, in milliseconds. 24 frames a second are enough for the eye; each costs the browser, and so its agent, something.
 */
export const LEVELS = [
  { quality: 80, scale: 1, gapMs: 41 },
  { quality: 60, scale: 1, gapMs: 41 },
  { quality: 50, scale: 0.75, gapMs: 80 },
  { quality: 35, scale: 0.5, gapMs: 200 },
];
// What nobody feels to be late, for a picture that somebody watches.
const LATE_MS = 250;
const FRAMES_TO_JUDGE = 10;
const GOOD_FOR_MS = 8_000;

export class Pace {
  #level = 0;
  #best = Infinity;
  #late = 0;
  #frames = 0;
  #goodSince;

  get level() {
    return LEVELS[this.#level];
  }

  /**
   * Takes note of a frame: when it was made by the browser's clock, when it was drawn by this one's, both in milliseconds.
   * Answers whether the level has changed. The clocks differ, so a frame is as late as the quickest was quicker.
   */
  note(made, drawn) {
    const took = drawn - made;
    this.#best = Math.min(this.#best, took);
    this.#frames += 1;
    if (took - this.#best > LATE_MS) this.#late += 1;
    if (this.#frames < FRAMES_TO_JUDGE) return false;
    const isSlow = this.#late > this.#frames / 2;
    [this.#frames, this.#late] = [0, 0];
    if (isSlow) {
      this.#goodSince = undefined;
      return this.#move(1);
    }
    this.#goodSince ??= drawn;
    if (drawn - this.#goodSince < GOOD_FOR_MS) return false;
    this.#goodSince = drawn;
    return this.#move(-1);
  }

  #move(step) {
    const before = this.#level;
    this.#level = Math.min(LEVELS.length - 1, Math.max(0, before + step));
    return this.#level !== before;
  }
}
