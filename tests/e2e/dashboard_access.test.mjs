// Accessibility of the dashboard: screen readers, keyboard only, phones, long and foreign texts, reduced motion.

import assert from "node:assert/strict";
import { test } from "node:test";

import { closing } from "../support/closing.mjs";
import { until } from "../support/waits.mjs";
import { Dashboard, launchChrome } from "./dashboard.mjs";
import { openService } from "./service.mjs";

/**
 * @import { TestContext } from "node:test"
 * @import { SessionData } from "../../src/client/types.ts"
 * @import { OpenOptions } from "./dashboard.mjs"
 * @import { Project } from "./service.mjs"
 */

const chrome = closing(await launchChrome(), (it) => it.close());
const service = closing(await openService(), (it) => it.dispose());

const GERMAN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3);

/** A tenant with sessions whose texts are as long and as foreign as they may be. */
async function crowded() {
  const tenant = service.project();
  const live = await tenant.create({
    owner: GERMAN,
    metadata: { [GERMAN.slice(0, 64)]: GERMAN, run: "17" },
    onDisconnect: "release",
  });
  await tenant.create({ owner: "זחלן 7", metadata: { הרצה: "שבע עשרה", اختبار: "\u202eevil\u202c" } });
  const over = await tenant.create({ owner: "x".repeat(256), metadata: { long: "w".repeat(512) } });
  await tenant.release(over.id);
  return { tenant, live, over };
}

/**
 * @param {TestContext} t
 * @param {Project} tenant
 * @param {OpenOptions} [options]
 */
async function opened(t, tenant, options) {
  const dashboard = await Dashboard.of(chrome, tenant, options);
  t.after(() => dashboard.close());
  return dashboard;
}

/**
 * @typedef {(dashboard: Dashboard, sessions: {live: SessionData, over: SessionData}) => Promise<unknown>} OpenView
 *
 * @type {Record<string, OpenView>}
 */
const VIEWS = {
  "the lists": async (dashboard, { live, over }) => {
    await dashboard.card(live).waitFor();
    await dashboard.row(over).waitFor();
    await dashboard.page.getByRole("table", { name: "Why sessions ended" }).waitFor();
  },
  "a live session's details": async (dashboard, { live }) => {
    await dashboard
      .card(live)
      .getByRole("link", { name: /^[0-9a-f]+…/ })
      .click();
    await dashboard
      .dialog(/^Session/)
      .getByText("Requested options")
      .waitFor();
  },
  "an ended session's details": async (dashboard, { over }) => {
    await dashboard
      .row(over)
      .getByRole("link", { name: /^[0-9a-f]+…/ })
      .click();
    await dashboard
      .dialog(/^Session/)
      .getByRole("listitem")
      .filter({ hasText: "Ended" })
      .waitFor();
  },
  "the form of a new session": async (dashboard) => {
    await dashboard.button("New session").click();
    await dashboard.dialog("New session").getByRole("button", { name: "Start session" }).waitFor();
  },
  "what a release would end": async (dashboard) => {
    await dashboard.button("Release all…").click();
    await dashboard.button("Preview").click();
    await dashboard.dialog("Release 2 sessions?").waitFor();
  },
  "a search that finds nothing": async (dashboard) => {
    await dashboard.search.fill("nobody run=18");
    await dashboard.search.press("Enter");
    await dashboard.page.getByText("No sessions match.").first().waitFor();
  },
};

test("axe finds nothing serious on any view, also on a phone", async (t) => {
  const story = await crowded();
  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 360, height: 740 },
  ]) {
    for (const [name, show] of Object.entries(VIEWS)) {
      const dashboard = await opened(t, story.tenant, { viewport, reducedMotion: "reduce" });
      await show(dashboard, story);
      assert.deepEqual(await dashboard.findings(), [], `${name}, ${viewport.width} px wide`);
      assert.ok((await dashboard.excess()) <= 0, `${name} fits ${viewport.width} px`);
      await dashboard.page.close();
    }
  }
});

test("axe finds nothing serious on the page without a key", async (t) => {
  const dashboard = await Dashboard.signedOut(chrome, service, {
    viewport: { width: 360, height: 740 },
    reducedMotion: "reduce",
  });
  t.after(() => dashboard.close());
  await dashboard.signIn("tw_default_wrong");
  await dashboard.page.getByRole("alert").waitFor();
  assert.deepEqual(await dashboard.findings(), []);
  assert.ok((await dashboard.excess()) <= 0);
});

test("the keyboard alone can do everything", async (t) => {
  const tenant = service.project();
  const dashboard = await Dashboard.signedOut(chrome, service);
  t.after(() => dashboard.close());
  const { keyboard } = dashboard.page;
  const focused = () =>
    dashboard.page.evaluate(
      () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent?.trim() ?? "",
    );
  /** @param {RegExp} name */
  const tabTo = async (name) => {
    for (let presses = 0; presses < 60; presses++) {
      if (name.test(await focused())) return;
      await keyboard.press("Tab");
    }
    assert.fail(`the Tab key does not reach ${name}`);
  };

  await dashboard.page.getByLabel("API key", { exact: true }).focus();
  await keyboard.type(tenant.key);
  await keyboard.press("Enter");
  await dashboard.isConnected();
  await tabTo(/^New session$/);
  await keyboard.press("Enter");
  await keyboard.type("by hand");
  await keyboard.press("Enter");
  const session = await until("it is created", async () => (await tenant.list()).sessions[0]);
  await dashboard
    .dialog(/^Session/)
    .getByText("by hand", { exact: true })
    .waitFor();
  await keyboard.press("Escape");
  await dashboard.dialog(/^Session/).waitFor({ state: "hidden" });

  await tabTo(/^\+5 min for/);
  await keyboard.press("Enter");
  await until("it is extended", async () => (await tenant.get(session.id)).timeout === 600_000);
  assert.match(await focused(), /^\+5 min/, "the focus stays where it was");
  await tabTo(/^Release 0/);
  await keyboard.press("Enter");
  await keyboard.press("Enter");
  await dashboard.row(session).waitFor();

  await keyboard.press("/");
  assert.equal(
    await dashboard.search.evaluate((/** @type {Element} */ field) => field === document.activeElement),
    true,
  );
  await keyboard.type("owner:nobody");
  await keyboard.press("Enter");
  await dashboard.page.getByText("No sessions match.").first().waitFor();
});

test("arrow keys move from row to row, and the focus is always visible", async (t) => {
  const tenant = service.project();
  const sessions = [];
  for (let count = 0; count < 3; count++) {
    sessions.unshift(await tenant.create({ timeout: 60_000 }));
    await tenant.release(sessions[0].id);
  }
  const dashboard = await opened(t, tenant);
  await dashboard
    .row(sessions[0])
    .getByRole("link", { name: /^[0-9a-f]+…/ })
    .focus();
  for (const [key, index] of /** @type {const} */ ([
    ["ArrowDown", 1],
    ["End", 2],
    ["ArrowDown", 2],
    ["Home", 0],
  ])) {
    await dashboard.page.keyboard.press(key);
    const link = dashboard.row(sessions[index]).getByRole("link", { name: /^[0-9a-f]+…/ });
    await until(`${key} leads to row ${index}`, () =>
      link.evaluate((/** @type {Element} */ it) => it === document.activeElement),
    );
    assert.notEqual(await link.evaluate((/** @type {Element} */ it) => getComputedStyle(it).outlineStyle), "none");
  }
});

test("the page has no motion if reduced motion is preferred", async (t) => {
  const tenant = service.project();
  const session = await tenant.create();
  const dashboard = await opened(t, tenant, { reducedMotion: "reduce", path: `/?session=${session.id}` });
  await dashboard.dialog(/^Session/).waitFor();
  assert.equal(await dashboard.page.evaluate(() => document.getAnimations().length), 0);
});
