// The badge with the connection's state, and the buttons for control.

import { byId } from "../page/by_id.js";

/** @typedef {"connecting" | "live" | "lost" | "over"} ConnectionState */

/**
 * @param {object} status
 * @param {ConnectionState} status.state
 * @param {boolean} status.mayInteract
 * @param {boolean} status.hasControl
 * @param {boolean} status.isFullscreen whether the page has no frame with buttons
 */
export function showStatus({ state, mayInteract, hasControl, isFullscreen }) {
  const { text, kind } = badgeOf(state, mayInteract);
  byId("state").textContent = text;
  byId("state").className = `badge ${kind}`;
  const button = byId("drive", HTMLButtonElement);
  button.hidden = !mayInteract;
  button.disabled = state !== "live";
  button.textContent = hasControl ? "Release control" : "Take control";
  button.setAttribute("aria-pressed", String(hasControl));
  byId("driving").hidden = !hasControl;
  byId("pill").hidden = !(hasControl && isFullscreen);
  byId("keyboard").hidden = !(hasControl && matchMedia("(pointer: coarse)").matches);
}

/**
 * @param {ConnectionState} state
 * @param {boolean} mayInteract
 */
function badgeOf(state, mayInteract) {
  switch (state) {
    case "connecting":
      return { text: "Connecting …", kind: "" };
    case "live":
      return { text: mayInteract ? "Live" : "Live · view only", kind: "good" };
    case "lost":
      return { text: "Connection lost", kind: "bad" };
    case "over":
      return { text: "Ended", kind: "bad" };
  }
}
