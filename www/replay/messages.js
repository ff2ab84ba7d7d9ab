// The messages between the page and the player. The player plays recordings of strangers, so the page accepts only
// messages of these shapes from it.

/** @import { PlayedEvent } from "./recording.js" */

import { isObject } from "./is_object.js";

const ERROR_CHARS_MAX = 300;

/**
 * What the player says. `at` is its time in milliseconds since the tab's first event.
 *
 * @typedef {{type: "ready"} | {type: "shown"} | {type: "finished"}
 *   | {type: "at", ms: number}
 *   | {type: "playing", playing: boolean}
 *   | {type: "trouble", message: string}} PlayerMessage
 */

/**
 * What the page says. Times are in milliseconds since the tab's first event.
 *
 * @typedef {{type: "load", events: PlayedEvent[], at: number}
 *   | {type: "add", events: PlayedEvent[]}
 *   | {type: "seek", ms: number, plays: boolean}
 *   | {type: "play"} | {type: "pause"}
 *   | {type: "speed", times: number}
 *   | {type: "skip", isOn: boolean}} PlayerCommand
 */

/**
 * A message of the player; null if its shape is unknown.
 *
 * @param {unknown} message
 */
export function readPlayerMessage(message) {
  return isPlayerMessage(message) ? message : null;
}

/**
 * @param {unknown} message
 * @returns {message is PlayerMessage}
 */
function isPlayerMessage(message) {
  if (!isObject(message)) return false;
  switch (message.type) {
    case "ready":
    case "shown":
    case "finished":
      return true;
    case "at":
      return typeof message.ms === "number" && Number.isFinite(message.ms) && message.ms >= 0;
    case "playing":
      return typeof message.playing === "boolean";
    case "trouble":
      return typeof message.message === "string" && message.message.length <= ERROR_CHARS_MAX;
    default:
      return false;
  }
}
