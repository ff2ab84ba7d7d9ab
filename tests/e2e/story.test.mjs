// The complete use by a person: sign in, start a session, watch an agent, take over, release, and replay.

import { test } from "node:test";

import puppeteer from "puppeteer-core";

import { closing } from "../support/closing.mjs";
import { until } from "../support/waits.mjs";
import { Dashboard, launchChrome } from "./dashboard.mjs";
import { ReplayPage } from "./replay.mjs";
import { openService } from "./service.mjs";
import { openViewSite } from "./view_site.mjs";
import { openViewers } from "./viewer.mjs";

/**
 * @import { Page } from "puppeteer-core"
 * @import { SessionData } from "../../src/client/types.ts"
 */

const chrome = closing(await launchChrome(), (it) => it.close());
const viewers = closing(await openViewers(), (it) => it.close());
const service = closing(await openService(), (it) => it.dispose());
const site = closing(await openViewSite(), (it) => it.close());

/** @param {Page} page */
const nameOf = (page) => page.evaluate(() => /** @type {HTMLInputElement} */ (document.getElementById("name")).value);

/**
 * An agent types its half of a name into the site's form, and a person who takes over types the rest.
 *
 * @param {SessionData} session
 */
async function fillTogether(session) {
  const agent = await puppeteer.connect({ browserWSEndpoint: session.websocketUrl, defaultViewport: null });
  const [page] = await agent.pages();
  await page.goto(`${site.url}/form`);
  const viewer = await viewers.open(session.sessionViewerUrl);
  await viewer.tab(/Form/).waitFor();
  await page.type("#name", "Ada ");
  await viewer.takeOver();
  const size = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  const { x, y } = await viewer.pointOf({ x: 120, y: 40 }, size);
  await viewer.page.mouse.click(x, y);
  await viewer.page.keyboard.press("End");
  await viewer.page.keyboard.type("Marlowe");
  await until("the page has both halves", async () => (await nameOf(page)) === "Ada Marlowe");
  await agent.disconnect();
  return viewer;
}

test("a session can be started, watched, driven, released and replayed, with typed text masked", async (t) => {
  const tenant = service.project();
  const dashboard = await Dashboard.signedOut(chrome, service);
  t.after(() => dashboard.close());
  await dashboard.signIn(tenant.key);
  await dashboard.isConnected();
  await dashboard.button("New session").click();
  const form = dashboard.dialog("New session");
  await form.getByLabel("Owner").fill("crawler-7");
  await form.getByRole("button", { name: "Start session" }).click();
  const session = await until("it is live", async () => (await tenant.list("?status=live")).sessions[0]);
  const viewer = await fillTogether(session);
  t.after(() => viewer.close());
  await dashboard.page.keyboard.press("Escape");
  for (const name of [/^Release/, /^Confirm release/])
    await dashboard.card(session).getByRole("button", { name }).click();
  await viewer.page.getByText("This session has ended").waitFor();
  await dashboard.row(session).waitFor();

  const replay = await ReplayPage.of(chrome, tenant, session);
  t.after(() => replay.close());
  await replay.untilEndsWith("*".repeat("Ada Marlowe".length));
});

test("typed text is shown if the session requested no masking", async (t) => {
  const tenant = service.project();
  const session = await tenant.create({ recording: { maskInputs: false } });
  const viewer = await fillTogether(session);
  t.after(() => viewer.close());
  await tenant.release(session.id);
  const replay = await ReplayPage.of(chrome, tenant, session);
  t.after(() => replay.close());
  await replay.untilEndsWith("Ada Marlowe");
});
