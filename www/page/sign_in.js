// The form for the API key. Several pages have it.

/** @import { Tidewatch } from "tidewatch" */

import { byId, find } from "./by_id.js";
import { failureOf, messageOf } from "./failure.js";
import { clientOf, keepKey, takeRefusal } from "./key.js";

const TIMEOUT_MS = 15_000;

/**
 * Waits until the service accepts a key.
 *
 * @returns {Promise<Tidewatch>} the client of that key
 */
export function askForKey() {
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
    showTrouble(describe(error));
    keyInput().select();
    return undefined;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** @param {unknown} error */
function describe(error) {
  // The client checks the key's characters before it sends anything.
  const isUnusable = failureOf(error).code === "invalid_options";
  return isUnusable ? "This key contains a space or an invalid character." : messageOf(error);
}

/** @param {string | null} text */
function showTrouble(text) {
  const line = byId("key-trouble");
  line.hidden = !text;
  line.textContent = text ?? "";
  keyInput().setAttribute("aria-invalid", String(Boolean(text)));
}
