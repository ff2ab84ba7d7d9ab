// The frame with the player, and the messages to and from it.

/** @import { PlayerCommand, PlayerMessage } from "./messages.js" */
/** @import { Tab } from "./recording.js" */

import { Emitter } from "../page/emitter.js";
import { readPlayerMessage } from "./messages.js";
import { sanitize } from "./sanitize.js";

/**
 * Emits the player's messages by their types.
 *
 * @extends {Emitter<{[Type in PlayerMessage["type"]]: Extract<PlayerMessage, {type: Type}>}>}
 */
export class PlayerFrame extends Emitter {
  /** @type {MessagePort | undefined} */
  #port;
  /** @type {Tab | null} */
  #tab = null;
  /** How many events of the tab the player has. */
  #sent = 0;

  /**
   * Loads the player in a frame.
   *
   * @param {HTMLIFrameElement} frame
   * @returns {Promise<void>} resolves when the player accepts commands
   */
  async open(frame) {
    /** @type {Promise<void>} */
    const loaded = new Promise((resolve) => {
      addEventListener("message", (event) => {
        if (event.source === frame.contentWindow && event.data === "loaded") resolve();
      });
    });
    frame.src = "/replay/player";
    await loaded;
    const { port1, port2 } = new MessageChannel();
    const ready = new Promise((resolve) => this.on("ready", resolve, { once: true }));
    this.#port = port1;
    port1.onmessage = ({ data }) => {
      const message = readPlayerMessage(data);
      if (message) this.emit(message.type, message);
    };
    frame.contentWindow?.postMessage("open", location.origin, [port2]);
    await ready;
  }

  /**
   * Shows a tab.
   *
   * @param {Tab} tab
   * @param {number} at milliseconds since the tab's first event
   */
  show(tab, at) {
    this.#tab = tab;
    this.#sent = tab.events.length;
    this.#send({ type: "load", events: tab.events.map(sanitize), at });
  }

  /** Sends the shown tab's events that have loaded since. */
  catchUp() {
    if (!this.#tab || this.#sent === this.#tab.events.length) return;
    this.#send({ type: "add", events: this.#tab.events.slice(this.#sent).map(sanitize) });
    this.#sent = this.#tab.events.length;
  }

  /**
   * @param {number} ms since the tab's first event
   * @param {boolean} plays whether it plays from there
   */
  seek(ms, plays) {
    this.#send({ type: "seek", ms, plays });
  }

  play() {
    this.#send({ type: "play" });
  }

  pause() {
    this.#send({ type: "pause" });
  }

  /** @param {number} times */
  set speed(times) {
    this.#send({ type: "speed", times });
  }

  /** @param {boolean} isOn */
  set skipsInactivity(isOn) {
    this.#send({ type: "skip", isOn });
  }

  /** @param {PlayerCommand} command */
  #send(command) {
    this.#port?.postMessage(command);
  }
}
