// A site to record, under two names that are two sites to a browser, and so two processes.

import { openSite } from "../support/site.mjs";

const PAGES = {
  "/form": `<form><input id="name"><input id="secret" type="password"><textarea id="story"></textarea>
    <div id="note" contenteditable></div></form>`,
  "/console": `<script>console.log("said", { tide: "high", at: 3 }, [1, 2]); console.warn("warned");
    setTimeout(() => { throw new Error("nobody catches") });</script>`,
  // The browser tells of a request's end once its body was read.
  "/fetch": `<script>const read = (path) => fetch(origin + path).then((response) => response.text());
    read("/data?key=1").then(() => read("/missing")).then(() => (document.title = "fetched"))</script>`,
  "/opener": `<button onclick="window.open('/popup')">open</button>`,
  "/popup": `<h1 id="popup">popup</h1>`,
  "/styled": `<style></style><p>styled</p><script>
    setTimeout(() => document.styleSheets[0].insertRule("p { color: rgb(1, 2, 3) }"), 200)</script>`,
  // Looks for what records it, and alters all that a recorder could use.
  "/hostile": `<title>&lt;img src=x onerror=alert(1)&gt;</title><p id="before">before</p><script>
    window.found = Object.getOwnPropertyNames(window).filter((name) => /tidewatch|rrweb/i.test(name));
    for (const name of ["MutationObserver", "JSON", "queueMicrotask", "setTimeout", "setInterval", "Date", "performance"]) {
      try { window[name] = undefined; } catch {}
    }
    for (const prototype of [Array.prototype, String.prototype, Object.prototype, Node.prototype, EventTarget.prototype]) {
      for (const name of ["push", "join", "map", "filter", "toJSON", "addEventListener", "contains"]) {
        try { prototype[name] = () => { throw new Error("overridden") }; } catch {}
      }
    }
    window.addEventListener = document.addEventListener = () => {};
    window.tidewatchRecord?.("3 1 {}");
    window.postMessage({ type: "rrweb", event: { type: 5, timestamp: 1, data: { tag: "network", payload: {} } } }, "*");
    document.body.append(Object.assign(document.createElement("p"), { id: "after", textContent: "after" }));
  </script>`,
  "/ticking": `<p id="tick"></p><script>
    setInterval(() => (document.getElementById("tick").textContent = "tick " + Date.now()), 100)</script>`,
  "/churn": `<div id="churn"></div><script>
    const text = "x".repeat(500);
    const churn = () => {
      const items = Array.from({ length: 200 }, (_, n) => "<i class=c" + n + ">" + text + Math.random() + "</i>");
      document.getElementById("churn").innerHTML = items.join("");
      window.churned = (window.churned ?? 0) + 1;
      if (!window.calm) setTimeout(churn);
    };
    churn();
  </script>`,
};

const documents = Object.entries(PAGES).map(([path, page]) => [
  path,
  `<!doctype html><meta charset="utf-8"><title>${path}</title><body>${page}`,
]);
const headers = { "set-cookie": "crumb=secret-cookie" };

/** Opens the site: `url` and `other` are its two names. */
export async function openRecordedSite() {
  const pages = { ...Object.fromEntries(documents), "/data?key=1": "{}" };
  const site = await openSite({ pages, fallback: { status: 404, page: "{}" }, headers, host: undefined });
  return { ...site, other: `http://localhost:${site.port}` };
}
