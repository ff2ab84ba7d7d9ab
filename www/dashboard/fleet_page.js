// The page with a key: its parts, put together.

import { Actions } from "./actions.js";
import { onBeat, readClock } from "./clock.js";
import { CreateDialog } from "./create_dialog.js";
import { Details } from "./details.js";
import { setText } from "./element.js";
import { Fleet } from "./fleet.js";
import { signOut } from "./key.js";
import { Navigation } from "./navigation.js";
import { Overview } from "./overview.js";
import { Pictures } from "./pictures.js";
import { ReleaseDialog } from "./release_dialog.js";
import { Sessions } from "./sessions.js";
import { Toolbar } from "./toolbar.js";

const CONNECTIONS = {
  connecting: ["Connecting …", ""],
  live: ["Live", "good"],
  lost: ["Connection lost, trying again …", "bad"],
};

const SHOWN_WITHIN_MS = 150;
// A tab that nobody sees draws nothing.
const UNSEEN_AFTER_MS = 200;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const element = (id) => document.getElementById(id);

/** Shows the fleet, and keeps it up to date for as long as the page is open. */
export async function showFleet(client) {
  const navigation = new Navigation();
  const fleet = new Fleet(client);
  // Asked for first: what else the page has is made while the service answers.
  const listed = fleet.filter(navigation.place);
  const actions = new Actions({ client, fleet, navigation });
  const pictures = new Pictures(client);
  const sessions = new Sessions({ fleet, navigation, actions, onCards: (cards) => pictures.of(cards) });
  const overview = new Overview({ client, fleet, navigation });
  new Toolbar(navigation);
  new Details({ client, fleet, navigation, actions });
  new CreateDialog({ client, navigation });
  new ReleaseDialog({ client, fleet, navigation });

  followPlaces({ fleet, navigation, sessions });
  followTrouble(fleet);
  showConnection(fleet);
  fleet.addEventListener("change", () => fleet.live?.loaded.slice(0, 1).forEach(readClock), { once: true });
  element("sign-out").addEventListener("click", () => signOut());
  onBeat(() => sessions.tick());
  // A page without its sessions would be laid out twice: it is shown only if they are long in coming.
  await Promise.race([listed, pause(SHOWN_WITHIN_MS)]);
  element("welcome").hidden = true;
  for (const id of ["fleet", "account", "connection"]) element(id).hidden = false;
  await listed;
  // All else once they are on the screen.
  await Promise.race([painted(), pause(UNSEEN_AFTER_MS)]);
  fleet.follow();
  overview.begin();
}

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** Waits until what the next frame draws is on the screen: another one shows it, and the one after that finds it shown. */
async function painted() {
  for (let frames = 0; frames < 3; frames++) await frame();
}

function followPlaces({ fleet, navigation, sessions }) {
  navigation.addEventListener("move", ({ detail: before }) => {
    const { status, owner, metadata, text } = navigation.place;
    const isSame =
      status === before.status &&
      owner === before.owner &&
      JSON.stringify(metadata) === JSON.stringify(before.metadata);
    if (!isSame) fleet.filter(navigation.place);
    else if (text !== before.text) sessions.soon();
  });
  // A link within the page moves in it; with a key held down it opens where the person says.
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-session]");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigation.go({ session: link.dataset.session });
  });
}

function followTrouble(fleet) {
  fleet.addEventListener("trouble", ({ detail: error }) => {
    // A key that is refused stays refused.
    if (error?.status === 401) return signOut(error.message);
    element("trouble").hidden = !error;
    if (!error) return;
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "Try again";
    again.addEventListener("click", () => fleet.list());
    element("trouble").replaceChildren(`${error.message} `, again);
  });
}

function showConnection(fleet) {
  const show = () => {
    const [text, kind] = CONNECTIONS[fleet.connection];
    setText(element("connection"), text);
    element("connection").className = `state ${kind}`;
    element("health").hidden = true;
  };
  fleet.addEventListener("connection", show);
  show();
}
