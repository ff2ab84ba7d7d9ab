// The page at `/`: asks for a key, and then shows the fleet of its project.

import { checkHealth } from "./health.js";
import { clientOf, loadClient, readKey } from "./key.js";
import { showFleet } from "./fleet_page.js";
import { askForKey } from "./sign_in.js";

loadClient().catch(() => {});
const key = readKey();
if (!key) checkHealth();
showFleet(key ? await clientOf(key) : await askForKey());
