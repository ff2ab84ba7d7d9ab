// The live view: a session's tabs and picture. A viewer with permission can control the browser.

import { readLink } from "./link.js";
import { Viewer } from "./viewer.js";

const link = readLink(location.search);
document.body.classList.toggle("fullscreen", link.fullscreen);
new Viewer(link);
