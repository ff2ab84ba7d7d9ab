// The page at `/`: is the service well, and which sessions of a project are live.

const KEY = "tidewatch-key";
const REFRESH_MS = 2_000;

const element = (id) => document.getElementById(id);
const show = (id, visible) => (element(id).hidden = !visible);

let refreshing;

async function checkHealth() {
  const badge = element("health");
  try {
    const answer = await fetch("/v1/health");
    const health = await answer.json();
    badge.textContent = health.configured ? `well, version ${health.version}` : "up, but without a secret";
    badge.className = `badge ${health.configured ? "good" : "bad"}`;
  } catch {
    badge.textContent = "not reachable";
    badge.className = "badge bad";
  }
}

async function call(method, path) {
  const headers = { authorization: `Bearer ${sessionStorage.getItem(KEY)}` };
  const answer = await fetch(path, { method, headers });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.message), { status: answer.status });
  return body;
}

async function refresh() {
  clearTimeout(refreshing);
  if (!sessionStorage.getItem(KEY)) return;
  try {
    const { sessions, totalCount } = await call("GET", "/v1/sessions?status=live&limit=100");
    tell();
    render(sessions, totalCount);
  } catch (error) {
    tell(error.message);
    // A key that is refused stays refused: it is forgotten, and no more is asked.
    if (error.status === 401) return signOut();
  }
  refreshing = setTimeout(refresh, REFRESH_MS);
}

function tell(trouble) {
  element("trouble").textContent = trouble ?? "";
  show("trouble", trouble !== undefined);
}

function render(sessions, total) {
  element("count").textContent = total > sessions.length ? `(${sessions.length} of ${total})` : `(${total})`;
  show("sessions", true);
  show("table", sessions.length > 0);
  show("none", sessions.length === 0);
  show("example", sessions.length === 0);
  element("rows").replaceChildren(...sessions.map(row));
}

// Texts are set as texts: what a caller or a page wrote is never markup here.
function row(session) {
  const line = document.createElement("tr");
  const link = document.createElement("a");
  link.href = session.sessionViewerUrl;
  link.textContent = session.id;
  const release = document.createElement("button");
  release.type = "button";
  release.textContent = "Release";
  release.setAttribute("aria-label", `Release ${session.id}`);
  release.addEventListener("click", () => end(session.id, release));
  const left = Date.parse(session.expiresAt) - Date.now();
  line.append(...[link, session.owner ?? "–", span(session.duration), span(left), release].map(cell));
  return line;
}

function cell(content) {
  const place = document.createElement("td");
  place.append(content);
  return place;
}

function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts[0] ? `${parts[0]} h ${parts[1]} min` : parts[1] ? `${parts[1]} min ${parts[2]} s` : `${parts[2]} s`;
}

async function end(id, button) {
  button.disabled = true;
  try {
    await call("POST", `/v1/sessions/${id}/release`);
  } catch (error) {
    tell(error.message);
  }
  await refresh();
}

function signOut() {
  sessionStorage.removeItem(KEY);
  clearTimeout(refreshing);
  show("sessions", false);
  show("sign-out", false);
  element("key").value = "";
  element("key").focus();
}

element("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, element("key").value.trim());
  show("sign-out", true);
  refresh();
});
element("sign-out").addEventListener("click", () => {
  tell();
  signOut();
});
document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(refreshing) : refresh()));

element("example").textContent = `curl -X POST ${location.origin}/v1/sessions -H "authorization: Bearer $TIDEWATCH_API_KEY"`;
if (sessionStorage.getItem(KEY)) show("sign-out", true);
checkHealth();
refresh();
