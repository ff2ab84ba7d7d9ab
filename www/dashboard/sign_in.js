// The page without a key: what Tidewatch is, and the field for one.

import { clientOf, keepKey, takeRefusal } from "./key.js";

const element = (id) => document.getElementById(id);

/** Asks until a key is taken; gives its client. */
export function askForKey() {
  element("welcome").hidden = false;
  const refusal = takeRefusal();
  say(refusal);
  if (refusal) element("key").focus();
  return new Promise((resolve) => {
    element("sign-in").addEventListener("submit", async (event) => {
      event.preventDefault();
      const client = await tryKey(element("key").value.trim());
      if (client) resolve(client);
    });
  });
}

async function tryKey(key) {
  if (!key) return undefined;
  const button = element("sign-in").querySelector("button");
  button.setAttribute("aria-busy", "true");
  say();
  try {
    const client = await clientOf(key);
    await client.sessions.list({ limit: 1 }, { timeoutMs: 15_000 });
    keepKey(key);
    element("key").value = "";
    return client;
  } catch (error) {
    say(error.message);
    element("key").select();
    return undefined;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function say(trouble) {
  const line = element("key-trouble");
  line.hidden = !trouble;
  line.textContent = trouble ?? "";
  element("key").setAttribute("aria-invalid", String(Boolean(trouble)));
}
