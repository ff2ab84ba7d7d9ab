// The live view: a session's tabs and picture; who may, takes its browser over.

import { readLink } from "./link.js";
import { Viewer } from "./viewer.js";

const byId = (id) => document.getElementById(id);

const link = readLink(location.search);
document.body.classList.toggle("fullscreen", link.fullscreen);
new Viewer(link, byId);
