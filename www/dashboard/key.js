// The project's key, as long as this tab is open, and the client that it opens.

import init, { Tidewatch } from "tidewatch";

const KEY = "tidewatch-key";
// Why the key was forgotten, across the reload that empties the page.
const REFUSED = "tidewatch-refused";

export const readKey = () => sessionStorage.getItem(KEY);
export const keepKey = (key) => sessionStorage.setItem(KEY, key);

/** Forgets the key and everything that was read with it; `why` is told on the page that follows, if it was refused. */
export function signOut(why) {
  sessionStorage.removeItem(KEY);
  if (why) sessionStorage.setItem(REFUSED, why);
  location.replace("/");
}

/** Why the key before was refused; told once. */
export function takeRefusal() {
  const why = sessionStorage.getItem(REFUSED);
  sessionStorage.removeItem(REFUSED);
  return why;
}

let loaded;

/** Begins to load the client; a person who still looks for the key does not wait for it. */
export const loadClient = () => (loaded ??= init({ module_or_path: "/tidewatch_bg.wasm" }));

/** The client of a key, for the service that this page comes from. */
export async function clientOf(apiKey) {
  await loadClient();
  return new Tidewatch({ baseUrl: location.origin, apiKey });
}
