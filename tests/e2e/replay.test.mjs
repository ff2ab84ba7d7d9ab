// Recordings, replayed as a viewer sees them, and hostile recordings.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { closing } from "../support/closing.mjs";
import { openSite } from "../support/site.mjs";
import { until } from "../support/waits.mjs";
import { launchChrome } from "./dashboard.mjs";
import { custom, later, recordTab } from "./replayed.mjs";
import { ReplayPage } from "./replay.mjs";
import { NOBODYS_ID, openService } from "./service.mjs";

/** @import { TestContext } from "node:test" */

const chrome = closing(await launchChrome(), (it) => it.close());
const service = closing(await openService(), (it) => it.dispose());

/**
 * Another host: it notes each connection, and each request.
 *
 * @param {{ "/form": string; "/second": string; } | {}} pages
 */
async function openHost(pages) {
  const site = closing(await openSite({ pages, fallback: { status: 200, page: "" } }), (it) => it.close());
  site.server.on("connection", () => site.seen.push("a connection"));
  return site;
}

const site = await openHost({
  "/form": `<!doctype html><title>Form</title><h1>Order</h1><input id="name"><button onclick="document.querySelector('h1').textContent = 'Thank you'">Pay</button>`,
  "/second": `<!doctype html><title>Second</title><h1>Second tab</h1>`,
});

const FORM_STAYS_MS = 600;
const events = [
  ...(await recordTab(chrome, {
    tab: "A",
    url: `${site.url}/form`,
    staysMs: FORM_STAYS_MS,
    act: async (page, happened) => {
      happened("network", {
        requestId: "1",
        method: "GET",
        url: `${site.url}/form`,
        status: 200,
        type: "Document",
        mimeType: "text/html",
        startedAt: new Date().toISOString(),
        durationMs: 12,
        bytes: 4100,
      });
      await page.type("#name", "Ada Marlowe", { delay: 30 });
      happened("console", { level: "warn", text: "careful <b>now</b>" });
      await page.getByRole("button", { name: "Pay" }).click();
      await page.getByText("Thank you").waitFor();
      happened("network", {
        requestId: "2",
        method: "POST",
        url: `${site.url}/order`,
        status: 500,
        type: "Fetch",
        startedAt: new Date().toISOString(),
        durationMs: 5,
        bytes: 0,
      });
    },
  })),
  ...later(await recordTab(chrome, { tab: "B", url: `${site.url}/second`, staysMs: 400 }), FORM_STAYS_MS),
];

async function ended() {
  const tenant = service.project();
  const session = await tenant.create();
  await tenant.release(session.id);
  return { tenant, session };
}

/**
 * @param {TestContext} t
 * @param {Parameters<typeof ReplayPage.of>[3]} [options]
 */
async function opened(t, options) {
  const { tenant, session } = await ended();
  const replay = await ReplayPage.of(chrome, tenant, session, { events, ...options });
  t.after(() => replay.close());
  return replay;
}

test("the replay shows the steps of the page, with typed text masked", async (t) => {
  const replay = await opened(t);
  await replay.status(/\d+ events$/).waitFor();
  await replay.screen.getByRole("heading", { name: "Order" }).waitFor();
  await replay.button("Play").click();
  await replay.screen.getByRole("heading", { name: "Thank you" }).waitFor();
  assert.equal(await replay.screen.locator("#name").inputValue(), "***********");
  await replay.screen.getByRole("heading", { name: "Second tab" }).waitFor({ timeout: 10_000 });
  await replay.button("Play").waitFor({ timeout: 10_000 });
});

test("the event list marks the current event, and a click on an event seeks to it", async (t) => {
  const replay = await opened(t);
  await replay.entry("POST").waitFor();
  await replay.entry("careful <b>now</b>").click();
  await until("it is marked", async () => (await replay.entry("careful").getAttribute("aria-current")) !== null);
  await replay.screen.getByRole("heading", { name: "Order" }).waitFor();
  await replay.entry("Second").first().click();
  await replay.screen.getByRole("heading", { name: "Second tab" }).waitFor();
  assert.equal(await replay.tab(/Second/).getAttribute("aria-selected"), "true");

  await replay.button("Network").click();
  await replay.entry("careful").waitFor({ state: "detached" });
  await replay.page.getByRole("searchbox").fill("order");
  await replay.entry("GET").waitFor({ state: "detached" });
  assert.match(`${await replay.entry("POST").textContent()}`, /500 · Fetch · 5 ms/);
});

test("the keyboard moves along the timeline and changes tabs", async (t) => {
  const replay = await opened(t);
  await replay.status(/\d+ events$/).waitFor();
  await replay.time.focus();
  await replay.page.keyboard.press("ArrowRight");
  await until("it is later", async () => (await replay.time.inputValue()) !== "0");
  assert.match(`${await replay.time.getAttribute("aria-valuetext")}`, / of \d+ s$/);
  await replay.tab(/Form/).focus();
  await replay.page.keyboard.press("ArrowRight");
  await replay.screen.getByRole("heading", { name: "Second tab" }).waitFor();
});

test("the end of the timeline is the last event of the recording", async (t) => {
  const form = events.filter(({ tab }) => tab === "A");
  const last = form.findLastIndex(({ type, data }) => type === 3 && data.source === 5);
  const replay = await opened(t, { events: form.slice(0, last + 1) });
  await replay.untilEndsWith("***********");
  assert.equal(await replay.time.inputValue(), String(form[last].timestamp - form[0].timestamp));
});

test("a long recording loads in pages, and the page waits for an end that is not stored yet", async (t) => {
  const replay = await opened(t, { serve: { limit: 10, held: 2 } });
  await replay.status("saving the last seconds …").waitFor();
  await replay.screen.getByRole("heading", { name: "Order" }).waitFor();
  await replay.status(new RegExp(`${events.length} events$`)).waitFor();
  assert.equal(replay.asked.length, Math.ceil(events.length / 10) + 2);
});

test("a recording's gaps are shown", async (t) => {
  const [from, to] = [events[5].timestamp, events[5].timestamp + 300];
  const replay = await opened(t, {
    events: [
      ...events.slice(0, 6),
      custom("A", "gap", { from, to, why: "the recorder was restarted" }, to),
      ...events.slice(6),
    ],
  });
  await replay.page.getByText("This recording is incomplete. 300 ms were not recorded").waitFor();
  assert.match(`${await replay.entry("Not recorded").textContent()}`, /the recorder was restarted/);
});

test("a recording can be downloaded as JSON and as HAR", async (t) => {
  const har = { log: { version: "1.2", creator: { name: "Tidewatch", version: "1" }, pages: [], entries: [] } };
  const replay = await opened(t, { serve: { har } });
  await replay.status(/\d+ events$/).waitFor();
  for (const [name, expected] of /** @type {const} */ ([
    ["JSON", events],
    ["HAR", har],
  ])) {
    const [download] = await Promise.all([replay.page.waitForEvent("download"), replay.button(name).click()]);
    assert.match(download.suggestedFilename(), new RegExp(`\\.${name.toLowerCase()}$`));
    assert.deepEqual(JSON.parse(readFileSync(await download.path(), "utf8")), expected);
  }
});

test("the page names what is missing: a recording, a session or a key", async (t) => {
  const { tenant, session } = await ended();
  const replay = await ReplayPage.of(chrome, tenant, session, { events: [] });
  t.after(() => replay.close());
  await replay.page.getByRole("alert").filter({ hasText: "empty" }).waitFor();
  await replay.page.goto(`${service.url}/replay/?session=${NOBODYS_ID}`);
  await replay.page.getByRole("alert").filter({ hasText: "Session not found." }).waitFor();
  const stranger = await ReplayPage.of(chrome, { service }, session);
  t.after(() => stranger.close());
  const form = stranger.page.getByRole("region", { name: "Sign in to watch this recording" });
  await form.getByLabel("API key").fill(tenant.key);
  await form.getByRole("button", { name: "Sign in" }).click();
  await form.waitFor({ state: "hidden" });
});

test("axe finds nothing serious, also on a phone", async (t) => {
  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 360, height: 740 },
  ]) {
    const replay = await opened(t, { viewport, reducedMotion: "reduce" });
    await replay.status(/\d+ events$/).waitFor();
    await replay.screen.getByRole("heading", { name: "Order" }).waitFor();
    assert.deepEqual(await replay.findings(), []);
    assert.ok((await replay.excess()) <= 0, `fits ${viewport.width} px`);
  }
});

/**
 * @param {string} tagName
 * @param {object} attributes
 * @param {object[]} childNodes
 */
const element = (tagName, attributes, ...childNodes) => ({
  type: 2,
  id: ++element.last,
  tagName,
  attributes,
  childNodes,
});
element.last = 100;
/** @param {string} textContent */
const text = (textContent) => ({ type: 3, id: ++element.last, textContent });

/**
 * A recording of a page that wants to reach a host, run a script, or read the key.
 *
 * @param {string} host
 */
function hostilePage(host) {
  const began = Date.now();
  const attack = `parent.parent.parent.postMessage("scripted","*");fetch("${host}/fetched");document.title="scripted"`;
  const node = element(
    "html",
    {},
    element(
      "head",
      {},
      element("link", { rel: "stylesheet", href: `${host}/sheet.css` }),
      element("link", { rel: "preconnect", href: host }),
      element("link", { rel: "dns-prefetch", href: host }),
      element("link", { rel: "prefetch", href: `${host}/prefetched` }),
      element("link", { rel: "preload", as: "image", href: `${host}/preloaded` }),
      element("meta", { "http-equiv": "refresh", content: `0;url=${host}/refreshed` }),
      element("base", { href: host }),
      element("style", {
        _cssText: `@import url(${host}/import.css); @font-face { font-family: f; src: url(${host}/font.woff) } body { font-family: f; background: url(${host}/background.png) }`,
      }),
      element("script", { src: `${host}/script.js` }, text(attack)),
    ),
    element(
      "body",
      { onload: attack, background: `${host}/body.png` },
      element("h1", {}, text("Hostile")),
      element("img", { src: `${host}/image.png`, srcset: `${host}/set.png 2x`, onerror: attack }),
      element("iframe", { src: `${host}/frame`, srcdoc: `<script>${attack}</script>` }),
      element("video", { src: `${host}/video`, autoplay: "", poster: `${host}/poster` }),
      element("object", { data: `${host}/object` }),
      element("embed", { src: `${host}/embed` }),
      element("audio", { src: `${host}/audio`, autoplay: "" }),
      element("form", { action: `${host}/form` }, element("input", { autofocus: "", onfocus: attack })),
      element("a", { href: `javascript:${attack}`, ping: `${host}/ping` }, text("link")),
      {
        ...element(
          "svg",
          { onload: attack },
          { ...element("image", { href: `${host}/svg.png` }), isSVG: true },
          { ...element("script", {}, text(attack)), isSVG: true },
        ),
        isSVG: true,
      },
    ),
  );
  return [
    { type: 4, timestamp: began, tab: "A", data: { href: `javascript:${attack}`, width: 800, height: 600 } },
    {
      type: 2,
      timestamp: began + 1,
      tab: "A",
      data: { node: { type: 0, id: 1, childNodes: [node] }, initialOffset: { top: 0, left: 0 } },
    },
    {
      type: 3,
      timestamp: began + 100,
      tab: "A",
      data: {
        source: 0,
        texts: [],
        removes: [],
        attributes: [{ id: 106, attributes: { style: `background: url(${host}/later.png)` } }],
        adds: [{ parentId: 114, nextId: null, node: element("img", { src: `${host}/added.png`, onerror: attack }) }],
      },
    },
    { type: 3, timestamp: began + 150, tab: "A", data: { source: 999, nonsense: true } },
    custom(
      "A",
      "console",
      { level: "error", text: `<img src="${host}/console.png" onerror='${attack}'>` },
      began + 200,
    ),
    custom("A", "navigation", { url: `javascript:${attack}`, title: "<script>x</script>" }, began + 210),
    { type: 3, timestamp: began + 900, tab: "A", data: { source: 3, id: 1, x: 0, y: 10 } },
  ];
}

test("a hostile recording runs no script, reaches no host and can't read the key", async (t) => {
  const host = await openHost({});
  const { tenant, session } = await ended();
  const replay = await ReplayPage.of(chrome, tenant, session, { events: hostilePage(host.url) });
  t.after(() => replay.close({ refuses: true }));
  await replay.screen.getByRole("heading", { name: "Hostile" }).waitFor();
  await replay.button("Play").click();
  await replay.button("Play").waitFor({ timeout: 10_000 });
  await replay.entry("<img src=").waitFor();

  assert.match(await replay.page.title(), /^Replay of/);
  assert.deepEqual(host.seen, []);
  const reached = await replay.player.evaluate(() => {
    /** @param {() => unknown} reach */
    const tried = (reach) => {
      try {
        return String(reach());
      } catch (error) {
        return /** @type {Error} */ (error).name;
      }
    };
    return [
      self.origin,
      tried(() => sessionStorage.length),
      tried(() => parent.document),
      tried(() => parent.parent.sessionStorage),
      tried(() => document.cookie),
    ];
  });
  assert.deepEqual(reached, ["null", "SecurityError", "SecurityError", "SecurityError", "SecurityError"]);
  const fetched = await replay.player.evaluate(
    (/** @type {string} */ url) =>
      fetch(url).then(
        () => "reached",
        (error) => error.name,
      ),
    `${host.url}/direct`,
  );
  assert.equal(fetched, "TypeError");
});
