// The web site that most tests' browsers visit.

import { openSite } from "../support/site.mjs";

const PAGE = `<!doctype html><title>Tide</title><h1>High water</h1><a href="/low">Low water</a>`;

/** Opens the site: every path is the page, `/silent` never answers. `seen` are the paths that were requested. */
export const openTideSite = () => openSite({ pages: {}, fallback: { status: 200, page: PAGE }, silent: "/silent" });
