// The project's API key, kept while this tab is open, and the client that uses it.

import init, { Tidewatch } from "tidewatch";

const KEY = "tidewatch-key";
// Why the key was refused. Kept across the reload that empties the page.
const REFUSED = "tidewatch-refused";

export const readKey = () => sessionStorage.getItem(KEY);

/** @param {string} key */
export const keepKey = (key) => sessionStorage.setItem(KEY, key);

/**
 * Forgets the key and everything that was read with it.
 *
 * @param {string} [why] why the key was refused; shown on the next page
 */
export function signOut(why) {
  sessionStorage.removeItem(KEY);
  if (why) sessionStorage.setItem(REFUSED, why);
  location.replace("/");
}

/** Why the previous key was refused. Returns it once. */
export function takeRefusal() {
  const why = sessionStorage.getItem(REFUSED);
  sessionStorage.removeItem(REFUSED);
  return why;
}

/** @type {Promise<unknown> | undefined} */
let loaded;

/** Starts loading the client, so that it is ready when the key is entered. */
export function loadClient() {
  loaded ??= init({ module_or_path: "/tidewatch_bg.wasm" });
  return loaded;
}

/**
 * A client for the server that this page comes from.
 *
 * @param {string} apiKey
 */
export async function clientOf(apiKey) {
  await loadClient();
  return new Tidewatch({ baseUrl: location.origin, apiKey });
}
