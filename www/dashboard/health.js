// Whether the service is well, asked without a key.

/** Shows it in the page's head. */
export async function checkHealth() {
  const badge = document.getElementById("health");
  const say = (text, kind) => {
    badge.textContent = text;
    badge.className = `state ${kind}`;
  };
  try {
    const answer = await fetch("/v1/health");
    const { configured, version } = await answer.json();
    say(configured ? `well, version ${version}` : "up, but without a secret", configured ? "good" : "bad");
  } catch {
    say("not reachable", "bad");
  }
}
