// Whether the service is healthy. Asked without a key.

import { byId } from "../page/by_id.js";

/** Shows the service's health in the page's header. */
export async function showHealth() {
  const badge = byId("health");
  const show = (/** @type {string} */ text, /** @type {"good" | "bad"} */ kind) => {
    badge.textContent = text;
    badge.className = `state ${kind}`;
  };
  try {
    const answer = await fetch("/v1/health");
    const { configured, version } = await answer.json();
    show(configured ? `Healthy · v${version}` : "Running, but not configured", configured ? "good" : "bad");
  } catch {
    show("Can't reach the server", "bad");
  }
}
