// Play and pause, the timeline with its marks, speed.

/** @import { Recording } from "./recording.js" */

import { byId } from "../page/by_id.js";
import { Emitter } from "../page/emitter.js";
import { h, icon, setText } from "../page/element.js";
import { formatDuration } from "../page/format.js";
import { PAUSE, PLAY } from "../page/icons.js";
import { formatTime, marksOf } from "./time.js";

const STEP_MS = 5000;
/** @type {Map<string, number>} */
const STEPS = new Map([
  ["ArrowLeft", -STEP_MS],
  ["ArrowDown", -STEP_MS],
  ["ArrowRight", STEP_MS],
  ["ArrowUp", STEP_MS],
]);

/**
 * Emits what a person wants: `toggle` (play or pause), `seek` with milliseconds since the start, `speed` with a factor,
 * `skip` with whether pauses are skipped.
 *
 * @extends {Emitter<{toggle: null, seek: number, speed: number, skip: boolean}>}
 */
export class Controls extends Emitter {
  #slider = byId("time", HTMLInputElement);
  #isPlaying = false;

  constructor() {
    super();
    const speed = byId("speed", HTMLSelectElement);
    const skip = byId("skip", HTMLInputElement);
    byId("play").addEventListener("click", () => this.emit("toggle", null));
    speed.addEventListener("change", () => this.emit("speed", Number(speed.value)));
    skip.addEventListener("change", () => this.emit("skip", skip.checked));
    this.#slider.addEventListener("input", () => this.emit("seek", this.#slider.valueAsNumber));
    this.#slider.addEventListener("keydown", (event) => this.#step(event));
    addEventListener("keydown", (event) => this.#toggleOnSpace(event));
    this.playing = false;
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    const step = STEPS.get(event.key);
    if (!step) return;
    event.preventDefault();
    this.emit("seek", Math.min(Number(this.#slider.max), Math.max(0, this.#slider.valueAsNumber + step)));
  }

  /** @param {KeyboardEvent} event */
  #toggleOnSpace(event) {
    const isOnControl = event.target instanceof Element && event.target.closest("button, input, select, a");
    if (event.key !== " " || isOnControl) return;
    event.preventDefault();
    this.emit("toggle", null);
  }

  get playing() {
    return this.#isPlaying;
  }

  set playing(isPlaying) {
    this.#isPlaying = isPlaying;
    byId("play").replaceChildren(icon(isPlaying ? PAUSE : PLAY));
    byId("play").setAttribute("aria-label", isPlaying ? "Pause" : "Play");
  }

  /** Shows a time, in milliseconds since the start. @param {number} ms */
  set at(ms) {
    const duration = Number(this.#slider.max);
    this.#slider.value = String(ms);
    this.#slider.style.setProperty("--share", String(duration > 0 ? ms / duration : 0));
    this.#slider.setAttribute("aria-valuetext", `${formatDuration(ms)} of ${formatDuration(duration)}`);
    setText(byId("clock"), `${formatTime(ms)} / ${formatTime(duration)}`);
  }

  /**
   * Shows the length of a recording, its marks and its gaps.
   *
   * @param {Recording} recording
   */
  showTimeline(recording) {
    const { entries, duration, gaps } = recording;
    const start = recording.start ?? 0;
    const value = this.#slider.valueAsNumber;
    this.#slider.max = String(duration);
    const marks = marksOf(entries, start, duration).map(({ share, kind }) =>
      placed(h("span", { class: `mark ${kind}` }), share),
    );
    const holes = [];
    for (const { from, to } of gaps) {
      if (from === null || to === null) continue;
      const hole = placed(h("span", { class: "hole" }), (from - start) / duration);
      hole.style.inlineSize = `${(100 * Math.max(0, to - from)) / duration}%`;
      holes.push(hole);
    }
    byId("marks").replaceChildren(...holes, ...marks);
    this.at = value;
  }
}

/**
 * @param {HTMLElement} mark
 * @param {number} share its position on the timeline, 0 to 1
 */
function placed(mark, share) {
  mark.style.insetInlineStart = `${100 * Math.min(1, Math.max(0, share))}%`;
  return mark;
}
