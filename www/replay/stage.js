// The player's frame, and what is said to it and by it.

import { harmless } from "./harmless.js";
import { readSaid } from "./messages.js";

/** Tells by events what the player says: `shown`, `at`, `playing`, `finished`, `trouble`, each with the message as `detail`. */
export class Stage extends EventTarget {
  #port;
  #tab = null;
  #sent = 0;

  /** Opens the player in a frame; resolves when it listens. */
  async open(frame) {
    const loaded = new Promise((resolve) => {
      addEventListener(
        "message",
        (event) => event.source === frame.contentWindow && event.data === "loaded" && resolve(),
      );
    });
    frame.src = "/replay/player";
    await loaded;
    const { port1, port2 } = new MessageChannel();
    const ready = new Promise((resolve) => this.addEventListener("ready", resolve, { once: true }));
    this.#port = port1;
    port1.onmessage = ({ data }) => {
      const said = readSaid(data);
      if (said) this.dispatchEvent(new CustomEvent(said.type, { detail: said }));
    };
    frame.contentWindow.postMessage("open", location.origin, [port2]);
    await ready;
  }

  /** The tab that is shown. */
  get tab() {
    return this.#tab;
  }

  /** Shows a tab at a time since its first event. */
  show(tab, at) {
    this.#tab = tab;
    this.#sent = tab.events.length;
    this.#say({ type: "load", events: tab.events.map(harmless), at });
  }

  /** Hands on what has come of the shown tab since. */
  catchUp() {
    if (!this.#tab || this.#sent === this.#tab.events.length) return;
    this.#say({ type: "add", events: this.#tab.events.slice(this.#sent).map(harmless) });
    this.#sent = this.#tab.events.length;
  }

  seek(ms, plays) {
    this.#say({ type: "seek", ms, plays });
  }

  play() {
    this.#say({ type: "play" });
  }

  pause() {
    this.#say({ type: "pause" });
  }

  set speed(times) {
    this.#say({ type: "speed", times });
  }

  set skipsInactivity(isOn) {
    this.#say({ type: "skip", isOn });
  }

  #say(message) {
    this.#port.postMessage(message);
  }
}
