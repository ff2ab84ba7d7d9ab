// The page without a key: what Tidewatch is, and a form for the key.

/** @import { Tidewatch } from "tidewatch" */

import { byId, find } from "../page/by_id.js";
import { failureOf } from "../page/failure.js";
import { clientOf, keepKey, takeRefusal } from "../page/key.js";

const TIMEOUT_MS = 15_000;

/**
 * Shows the form until the service accepts a key.
 *
 * @returns {Promise<Tidewatch>} the client of that key
 */
export function askForKey() {
  byId("welcome").hidden = false;
  const refusal = takeRefusal();
  showTrouble(refusal);
  if (refusal) keyInput().focus();
  return new Promise((resolve) => {
    byId("sign-in").addEventListener("submit", async (event) => {
      event.preventDefault();
      const client = await tryKey(keyInput().value.trim());
      if (client) resolve(client);
    });
  });
}

const keyInput = () => byId("key", HTMLInputElement);

/** @param {string} key */
async function tryKey(key) {
  if (!key) return undefined;
  const button = find(byId("sign-in"), "button");
  button.setAttribute("aria-busy", "true");
  showTrouble(null);
  try {
    const client = await clientOf(key);
    await client.sessions.list({ limit: 1 }, { timeoutMs: TIMEOUT_MS });
    keepKey(key);
    keyInput().value = "";
    return client;
  } catch (error) {
    showTrouble(failureOf(error).message);
    keyInput().select();
    return undefined;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** @param {string | null} text */
function showTrouble(text) {
  const line = byId("key-trouble");
  line.hidden = !text;
  line.textContent = text ?? "";
  keyInput().setAttribute("aria-invalid", String(Boolean(text)));
}
