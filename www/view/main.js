// What a session's link shows: the tabs of its browser, with a token that may look and not drive.

const REFRESH_MS = 1_000;
const OVER = [401, 403, 404, 410];

const parameters = new URLSearchParams(location.search);
const session = parameters.get("session") ?? "";
const page = parameters.get("page");
const element = (id) => document.getElementById(id);

document.body.classList.toggle("fullscreen", parameters.get("fullscreen") === "true");
element("id").textContent = session;

async function refresh() {
  const token = encodeURIComponent(parameters.get("token") ?? "");
  try {
    const answer = await fetch(`/v1/sessions/${encodeURIComponent(session)}/json/list?token=${token}`);
    const body = await answer.json();
    // A session that is over, or a link that is not valid, stays so; anything else may pass.
    if (OVER.includes(answer.status)) return tell(body.message, "bad");
    tell(answer.ok ? "live" : body.message, answer.ok ? "good" : "bad");
    const tabs = (answer.ok ? body : []).filter(({ type, id }) => type === "page" && (!page || id === page));
    element("rows").replaceChildren(...tabs.map(row));
  } catch {
    tell("not reachable", "bad");
  }
  setTimeout(refresh, REFRESH_MS);
}

function tell(text, kind) {
  element("state").textContent = text;
  element("state").className = `badge ${kind}`;
}

// Texts are set as texts: a page's title is never markup here.
function row({ title, url }) {
  const line = document.createElement("tr");
  for (const text of [title, url]) {
    const place = document.createElement("td");
    place.textContent = text;
    line.append(place);
  }
  return line;
}

refresh();
