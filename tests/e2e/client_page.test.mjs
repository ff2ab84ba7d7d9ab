// A page with the client, of another origin than the service: left in mid-session, it leaves no browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import puppeteer from "puppeteer-core";

import { chromeWrapper, ensureChrome } from "../../scripts/tools/chrome.mjs";
import { ensureFirefox } from "../../scripts/tools/firefox.mjs";
import { closing } from "../support/closing.mjs";
import { serveFolder } from "../support/serve_folder.mjs";
import { openTideSite } from "./site.mjs";
import { makeProject } from "../package/project.mjs";
import { openService } from "./service.mjs";

/** @import { Browser, LaunchOptions, Page } from "puppeteer-core" */

const PAGE = `<!doctype html>
<title>Work</title>
<script type="module">
  import init, { Tidewatch } from "./node_modules/tidewatch/web/tidewatch.js";

  await init();
  globalThis.makeClient = (options) => (globalThis.client = new Tidewatch(options));
</script>`;

// Launched before the service, whose run takes over the temporary folder: this Chrome does not belong to it.
await ensureChrome();
/** @param {LaunchOptions} options */
const launch = async (options) => closing(await puppeteer.launch(options), (it) => it.close());
const BROWSERS = {
  Chrome: await launch({ executablePath: chromeWrapper() }),
  Firefox: await launch({ browser: "firefox", executablePath: await ensureFirefox() }),
};
const project = closing(await makeProject(), (it) => it.remove());
project.write("page.html", PAGE);
const files = closing(await serveFolder(project.folder), (it) => it.close());
const service = closing(await openService({ vars: { ALLOWED_ORIGINS: files.url } }), (it) => it.dispose());
const site = closing(await openTideSite(), (it) => it.close());

/**
 * A page with a client of a project, which has created sessions and is to release them.
 *
 * @param {Browser} browser
 * @param {{key: string}} options
 * @param {{sessions: number}} options
 */
async function openPage(browser, { key }, { sessions }) {
  const page = await browser.newPage();
  await page.goto(`${files.url}/page.html`);
  await page.waitForFunction(() => Reflect.get(globalThis, "makeClient"));
  const options = { baseUrl: service.url, apiKey: key };
  const ids = await page.evaluate(
    async (options, count) => {
      const client = Reflect.get(globalThis, "makeClient")(options);
      client.releaseOnExit();
      const created = await Promise.all(Array.from({ length: count }, () => client.sessions.create()));
      return created.map(({ id }) => id);
    },
    options,
    sessions,
  );
  return { page, ids };
}

const LEAVING = {
  "navigated away from": (/** @type {Page} */ page) => page.goto(`${site.url}/`),
  reloaded: (/** @type {Page} */ page) => page.reload(),
  closed: (/** @type {Page} */ page) => page.close(),
};

// Firefox may end a closed tab's process before it has sent anything, which `onDisconnect` is for.
/**
 * @param {string} name
 * @param {string} how
 */
const isKept = (name, how) => name !== "Firefox" || how !== "closed";

for (const [name, browser] of Object.entries(BROWSERS)) {
  for (const [how, leave] of Object.entries(LEAVING).filter(([how]) => isKept(name, how))) {
    test(`${name}: a page that is ${how} during a session leaves no browser`, async () => {
      const tenant = service.project();
      const { page, ids } = await openPage(browser, tenant, { sessions: 2 });
      for (const id of ids) assert.equal((await tenant.get(id)).status, "live");
      assert.equal(service.chromes().length, 2);
      await leave(page);
      for (const id of ids) assert.equal((await tenant.ended(id)).releaseReason, "user_requested");
      await service.untilChromes(0);
      if (!page.isClosed()) await page.close();
    });
  }

  test(`${name}: a page makes every call from its own origin`, async () => {
    const tenant = service.project();
    const {
      page,
      ids: [id],
    } = await openPage(browser, tenant, { sessions: 1 });
    const told = await page.evaluate(async (/** @type {string} */ id) => {
      const { sessions } = Reflect.get(globalThis, "client");
      const session = await sessions.retrieve(id);
      await session.extend(1000);
      const { pages } = await sessions.liveDetails(id);
      const changed = await sessions.update(id, { metadata: { run: "1" } });
      const listed = [];
      for await (const each of sessions.iterate({ metadata: { run: "1" } })) listed.push(each.id);
      const refused = await sessions
        .create({ region: "weur" })
        .catch((/** @type {{code: string, requestId: unknown}} */ { code, requestId }) => [code, typeof requestId]);
      const { results } = await sessions.releaseAll();
      const released = await sessions.release(id);
      return [session.timeout, pages.length, changed.metadata, listed, refused, results, released.session.status];
    }, id);
    const outcome = told[5][0].outcome;
    assert.ok(["released", "closing"].includes(outcome), outcome);
    assert.deepEqual(told, [
      301_000,
      1,
      { run: "1" },
      [id],
      ["invalid_request", "string"],
      [{ id, outcome }],
      "released",
    ]);
    await page.close();
  });
}
