// A Worker that opens browsers and counts in storage: enough to see what starting and ending does.

import { DurableObject } from "cloudflare:workers";

export class FleetObject extends DurableObject {
  async fetch() {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return Response.json({ count });
  }
}

export class DirectoryObject extends DurableObject {}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/browsers") return env.BROWSER.fetch("http://browser/v1/devtools/browser", { method: "POST" });
    if (pathname === "/count") return env.FLEET.get(env.FLEET.idFromName("one")).fetch(request);
    if (pathname === "/vars") return Response.json(env);
    return new Response("Not found", { status: 404 });
  },
};
