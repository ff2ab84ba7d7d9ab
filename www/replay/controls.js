// Play and pause, the line of time with what happened on it, speed.

import { h, icon, setText } from "../dashboard/element.js";
import { PAUSE, PLAY } from "../dashboard/icons.js";
import { spanInWords } from "../dashboard/words.js";
import { marksOf, timeInWords } from "./time.js";

const STEP_MS = 5000;

const element = (id) => document.getElementById(id);

/** Tells by events what a person wants: `toggle`, `seek` (milliseconds since the start as `detail`), `speed`, `skip`. */
export class Controls extends EventTarget {
  #slider = element("time");

  constructor() {
    super();
    const tell = (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail }));
    element("play").addEventListener("click", () => tell("toggle"));
    element("speed").addEventListener("change", ({ target }) => tell("speed", Number(target.value)));
    element("skip").addEventListener("change", ({ target }) => tell("skip", target.checked));
    this.#slider.addEventListener("input", () => tell("seek", this.#slider.valueAsNumber));
    this.#slider.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -STEP_MS, ArrowDown: -STEP_MS, ArrowRight: STEP_MS, ArrowUp: STEP_MS }[event.key];
      if (!step) return;
      event.preventDefault();
      tell("seek", Math.min(Number(this.#slider.max), Math.max(0, this.#slider.valueAsNumber + step)));
    });
    addEventListener("keydown", (event) => {
      if (event.key !== " " || event.target.closest?.("button, input, select, a")) return;
      event.preventDefault();
      tell("toggle");
    });
    this.playing = false;
  }

  set playing(playing) {
    element("play").replaceChildren(icon(playing ? PAUSE : PLAY));
    element("play").setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  /** Shows a time, in milliseconds since the start. */
  set at(ms) {
    const duration = Number(this.#slider.max);
    this.#slider.value = ms;
    this.#slider.style.setProperty("--share", duration > 0 ? ms / duration : 0);
    this.#slider.setAttribute("aria-valuetext", `${spanInWords(ms)} of ${spanInWords(duration)}`);
    setText(element("clock"), `${timeInWords(ms)} / ${timeInWords(duration)}`);
  }

  /** Shows how long it is, and what happened when. */
  line({ entries, start, duration, gaps }) {
    const value = this.#slider.valueAsNumber;
    this.#slider.max = duration;
    const marks = marksOf(entries, start, duration).map(({ share, kind }) =>
      placed(h("span", { class: `mark ${kind}` }), share),
    );
    const holes = gaps
      .filter(({ from, to }) => from !== null && to !== null)
      .map(({ from, to }) => {
        const hole = placed(h("span", { class: "hole" }), (from - start) / duration);
        hole.style.inlineSize = `${(100 * Math.max(0, to - from)) / duration}%`;
        return hole;
      });
    element("marks").replaceChildren(...holes, ...marks);
    this.at = value;
  }
}

function placed(mark, share) {
  mark.style.insetInlineStart = `${100 * Math.min(1, Math.max(0, share))}%`;
  return mark;
}
