// The web site that the tests' browsers visit.

import { createServer } from "node:http";

const PAGE = `<!doctype html><title>Tide</title><h1>High water</h1><a href="/low">Low water</a>`;

/** Opens the site. `/` is a page, `/silent` never answers. `seen` are the paths that were asked for. */
export async function openSite() {
  const seen = [];
  const server = createServer((request, response) => {
    seen.push(request.url);
    if (request.url.startsWith("/silent")) return;
    response.setHeader("content-type", "text/html");
    response.end(PAGE);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, seen, close };
}
