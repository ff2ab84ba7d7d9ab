// The quality and rate of frames: lower when frames arrive or are drawn too late.

/**
 * @typedef {object} Level
 * @property {number} quality of the JPEGs, 0 to 100
 * @property {number} scale the share of the screen's own pixels, 0 to 1
 * @property {number} gapMs the minimum time between the acknowledgements of two frames
 */

/** The best level. 24 frames a second are enough for the eye, and each frame slows the browser down. @type {Level} */
const BEST = { quality: 80, scale: 1, gapMs: 41 };

/** From the best to the worst. @type {readonly Level[]} */
export const LEVELS = [
  BEST,
  { quality: 60, scale: 1, gapMs: 41 },
  { quality: 50, scale: 0.75, gapMs: 80 },
  { quality: 35, scale: 0.5, gapMs: 200 },
];
// A delay that nobody notices in a picture.
const LATE_MS = 250;
const FRAMES_TO_JUDGE = 10;
const GOOD_FOR_MS = 8_000;

export class FrameRate {
  #level = 0;
  #fastest = Infinity;
  #late = 0;
  #frames = 0;
  /** @type {number | undefined} */
  #goodSince;

  get level() {
    return LEVELS[this.#level] ?? BEST;
  }

  /**
   * Counts a frame. The two clocks differ, so a frame's delay is measured against the fastest frame so far.
   *
   * @param {number} made when the frame was made, in milliseconds by the browser's clock
   * @param {number} drawn when it was drawn, in milliseconds by this page's clock
   * @returns {boolean} whether the level has changed
   */
  note(made, drawn) {
    const took = drawn - made;
    this.#fastest = Math.min(this.#fastest, took);
    this.#frames += 1;
    if (took - this.#fastest > LATE_MS) this.#late += 1;
    if (this.#frames < FRAMES_TO_JUDGE) return false;
    const isSlow = this.#late > this.#frames / 2;
    this.#frames = 0;
    this.#late = 0;
    if (isSlow) {
      this.#goodSince = undefined;
      return this.#move(1);
    }
    this.#goodSince ??= drawn;
    if (drawn - this.#goodSince < GOOD_FOR_MS) return false;
    this.#goodSince = drawn;
    return this.#move(-1);
  }

  /** @param {1 | -1} step */
  #move(step) {
    const before = this.#level;
    this.#level = Math.min(LEVELS.length - 1, Math.max(0, before + step));
    return this.#level !== before;
  }
}
