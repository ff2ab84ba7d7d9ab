// The dashboard of a signed-in person: creates its parts and connects them.

/** @import { Tidewatch } from "tidewatch" */
/** @import { ConnectionState } from "./fleet.js" */
/** @import { Place } from "./address.js" */

import { byId } from "../page/by_id.js";
import { h, setText } from "../page/element.js";
import { messageOf } from "../page/failure.js";
import { signOut } from "../page/key.js";
import { Actions } from "./actions.js";
import { onTick, readClock } from "./clock.js";
import { CreateDialog } from "./create_dialog.js";
import { Details } from "./details.js";
import { Fleet } from "./fleet.js";
import { Navigation } from "./navigation.js";
import { Overview } from "./overview.js";
import { Pictures } from "./pictures.js";
import { ReleaseDialog } from "./release_dialog.js";
import { Sessions } from "./sessions.js";
import { Toolbar } from "./toolbar.js";

/** @type {Record<ConnectionState, {text: string, kind: string}>} */
const CONNECTIONS = {
  connecting: { text: "Connecting …", kind: "" },
  live: { text: "Connected", kind: "good" },
  lost: { text: "Connection lost. Reconnecting …", kind: "bad" },
};

const SHOWN_WITHIN_MS = 150;
// A hidden tab draws no frames.
const HIDDEN_AFTER_MS = 200;

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Shows the fleet, and keeps it up to date while the page is open.
 *
 * @param {Tidewatch} client
 */
export async function showFleet(client) {
  const navigation = new Navigation();
  const fleet = new Fleet(client, navigation.place);
  // Requested first: the rest of the page is built while the service answers.
  const listed = fleet.list();
  const actions = new Actions({ client, fleet, navigation });
  const pictures = new Pictures(client);
  const sessions = new Sessions({ fleet, navigation, actions, onCards: (cards) => pictures.show(cards) });
  const overview = new Overview({ client, fleet, navigation });
  new Toolbar(navigation);
  new Details({ client, fleet, navigation, actions });
  new CreateDialog({ client, navigation });
  new ReleaseDialog({ client, fleet, navigation });

  followPlaces({ fleet, navigation, sessions });
  followTrouble(fleet);
  showConnection(fleet);
  fleet.on("change", () => fleet.live?.loaded.slice(0, 1).forEach(readClock), { once: true });
  byId("sign-out").addEventListener("click", () => signOut());
  onTick(() => sessions.tick());
  // Showing the page before its sessions would lay it out twice. It is shown without them only if they take long.
  await Promise.race([listed, pause(SHOWN_WITHIN_MS)]);
  byId("welcome").hidden = true;
  for (const id of ["fleet", "account", "connection"]) byId(id).hidden = false;
  await listed;
  // Everything else waits until the sessions are on the screen.
  await Promise.race([painted(), pause(HIDDEN_AFTER_MS)]);
  fleet.follow();
  overview.start();
}

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** Waits until the next frame is on the screen: the frame after it shows it, and the one after that finds it shown. */
async function painted() {
  for (let frames = 0; frames < 3; frames++) await frame();
}

/** @param {{fleet: Fleet, navigation: Navigation, sessions: Sessions}} parts */
function followPlaces({ fleet, navigation, sessions }) {
  navigation.on("move", (before) => {
    if (!hasSameFilter(navigation.place, before)) fleet.filter(navigation.place);
    else if (navigation.place.text !== before.text) sessions.renderSoon();
  });
  // A link to a session opens its details in this page. With a modifier key the browser opens it as usual.
  addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-session]") : null;
    if (!(link instanceof HTMLElement) || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigation.go({ session: link.dataset.session ?? null });
  });
}

/**
 * @param {Place} a
 * @param {Place} b
 */
const hasSameFilter = (a, b) =>
  a.status === b.status && a.owner === b.owner && JSON.stringify(a.metadata) === JSON.stringify(b.metadata);

/** @param {Fleet} fleet */
function followTrouble(fleet) {
  fleet.on("trouble", (error) => {
    // Retrying does not help a refused key.
    if (error?.status === 401) return signOut(messageOf(error));
    byId("trouble").hidden = !error;
    if (!error) return;
    const retry = h("button", { type: "button", onclick: () => fleet.list() }, "Try again");
    byId("trouble").replaceChildren(`${messageOf(error)} `, retry);
  });
}

/** @param {Fleet} fleet */
function showConnection(fleet) {
  const show = () => {
    const { text, kind } = CONNECTIONS[fleet.connection];
    setText(byId("connection"), text);
    byId("connection").className = `state ${kind}`;
    byId("health").hidden = true;
  };
  fleet.on("connection", show);
  show();
}
