// The page at `/`: asks for an API key, then shows the fleet of its project.

import { clientOf, loadClient, readKey } from "../page/key.js";
import { showFleet } from "./fleet_page.js";
import { showHealth } from "./health.js";
import { askForKey } from "./sign_in.js";

loadClient().catch(() => {});
const key = readKey();
if (!key) showHealth();
showFleet(key ? await clientOf(key) : await askForKey());
