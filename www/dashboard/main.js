// The page at `/`: asks for an API key, then shows the fleet of its project.

import { byId } from "../page/by_id.js";
import { clientOf, loadClient, readKey } from "../page/key.js";
import { askForKey } from "../page/sign_in.js";
import { showFleet } from "./fleet_page.js";
import { showHealth } from "./health.js";

loadClient().catch(() => {});
const key = readKey();
if (!key) {
  byId("welcome").hidden = false;
  showHealth();
}
showFleet(key ? await clientOf(key) : await askForKey());
