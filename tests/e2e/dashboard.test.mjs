// The dashboard, used as a person does, on real sessions.

import assert from "node:assert/strict";
import { test } from "node:test";

import { closing } from "../support/closing.mjs";
import { until } from "../support/waits.mjs";
import { Dashboard, launchChrome } from "./dashboard.mjs";
import { NOBODYS_ID, openService } from "./service.mjs";

/**
 * @import { OpenOptions } from "./dashboard.mjs"
 * @import { Project } from "./service.mjs"
 */

const chrome = closing(await launchChrome(), (it) => it.close());
const service = closing(await openService(), (it) => it.dispose());

// The contract of the page: what changed is shown within a second. Chrome on a machine under load takes some of it.
const SOON = { timeout: 1000 };

/**
 * Opens a dashboard of a tenant for one test.
 *
 * @param {test.TestContext} t
 * @param {Project} [tenant]
 * @param {OpenOptions} [options]
 */
async function opened(t, tenant = service.project(), options = {}) {
  const dashboard = await Dashboard.of(chrome, tenant, options);
  t.after(() => dashboard.close());
  return dashboard;
}

test("the page without a key describes Tidewatch, shows its health and asks for a key", async (t) => {
  const dashboard = await Dashboard.signedOut(chrome, service);
  t.after(() => dashboard.close());
  await dashboard.page.getByRole("heading", { name: "Cloud browsers for agents. None left running." }).waitFor();
  await dashboard.page.getByText(/^Healthy · v\d/).waitFor();
  await dashboard.signIn("tw_default_wrong");
  await dashboard.page.getByRole("alert").filter({ hasText: /key/i }).waitFor();
  assert.equal(await dashboard.page.evaluate(() => sessionStorage.length), 0);

  const { key } = service.project();
  await dashboard.signIn(key);
  await dashboard.isConnected();
  assert.deepEqual(await dashboard.page.evaluate(() => Object.values({ ...sessionStorage })), [key]);
  assert.deepEqual(await dashboard.page.evaluate(() => [localStorage.length, document.cookie]), [0, ""]);

  await dashboard.button("Sign out").click();
  await dashboard.page.getByLabel("API key", { exact: true }).waitFor();
  assert.equal(await dashboard.page.evaluate(() => sessionStorage.length), 0);
});

test("a key that is refused is deleted, and the page says so", async (t) => {
  const dashboard = await Dashboard.signedOut(chrome, service, { key: undefined });
  t.after(() => dashboard.close());
  await dashboard.page.evaluate(() => sessionStorage.setItem("tidewatch-key", "tw_default_old"));
  await dashboard.page.reload();
  await dashboard.page.getByRole("alert").filter({ hasText: /key/i }).waitFor();
  assert.equal(await dashboard.page.evaluate(() => sessionStorage.length), 0);
});

test("two dashboards show a create, an extension and a release within a second", async (t) => {
  const tenant = service.project();
  const [one, other] = [await opened(t, tenant), await opened(t, tenant)];
  await one.button("New session").click();
  const form = one.dialog("New session");
  await form.getByLabel("Owner").fill("crawler-7");
  await form.getByLabel(/^Timeout/).fill("10");
  await form.getByLabel("Metadata").fill("run=17\nstage=test");
  await form.getByRole("button", { name: "Start session" }).click();
  await until("it is created", async () => (await tenant.list()).totalCount === 1);
  const {
    sessions: [session],
  } = await tenant.list();
  assert.deepEqual(
    [session.owner, session.timeout, session.metadata],
    ["crawler-7", 600_000, { run: "17", stage: "test" }],
  );
  for (const dashboard of [one, other]) await dashboard.card(session).waitFor(SOON);
  await one.page.keyboard.press("Escape");

  const card = one.card(session);
  await card.getByText("crawler-7").waitFor();
  await card.getByText(/^\d+ s old$/).waitFor();
  await card.getByText(/^9 min \d+ s left$/).waitFor();
  await card.getByRole("button", { name: /^\+5 min/ }).click();
  for (const dashboard of [one, other])
    await dashboard
      .card(session)
      .getByText(/^14 min \d+ s left$/)
      .waitFor(SOON);
  assert.equal((await tenant.get(session.id)).timeout, 900_000);

  await card.getByRole("button", { name: /^Release/ }).click();
  assert.equal((await tenant.get(session.id)).status, "live", "one press is not enough");
  await card.getByRole("button", { name: /^Confirm release/ }).click();
  await until("it is released", async () => (await tenant.get(session.id)).status === "released");
  for (const dashboard of [one, other]) {
    await dashboard.row(session).getByText("Released", { exact: true }).waitFor(SOON);
    assert.deepEqual([await dashboard.count("live"), await dashboard.count("ended")], ["0", "1"]);
  }
});

test("other clients' changes are shown within a second, without another list request", async (t) => {
  const tenant = service.project();
  const dashboard = await opened(t, tenant);
  await dashboard.page.getByText("No live sessions").waitFor();
  /** @type {string[]} */
  const lists = [];
  dashboard.page.on("request", (request) => /\/v1\/sessions\?/.test(request.url()) && lists.push(request.url()));
  const session = await tenant.create({ owner: "elsewhere", timeout: 60_000 });
  await dashboard.card(session).waitFor(SOON);
  await tenant.expect(200, "PATCH", `/v1/sessions/${session.id}`, { body: { timeout: 600_000 } });
  await dashboard
    .card(session)
    .getByText(/^9 min/)
    .waitFor(SOON);
  await tenant.release(session.id);
  await dashboard.row(session).waitFor(SOON);
  assert.deepEqual(lists, []);
});

test("the bar to the deadline moves by itself, and a timeout is shown as the reason", async (t) => {
  const tenant = service.project();
  const dashboard = await opened(t, tenant);
  const session = await tenant.create({ timeout: 4000 });
  const left = dashboard.card(session).getByText(/left$/);
  const before = await left.textContent();
  await until("it moves", async () => (await left.textContent({ timeout: 2000 })) !== before, 3000);
  await dashboard.row(session).getByText("Timed out").waitFor({ timeout: 10_000 });
});

test("filters and search are in the URL, so history buttons and links work", async (t) => {
  const tenant = service.project();
  const [mine, yours] = [
    await tenant.create({ owner: "mine", metadata: { run: "1" } }),
    await tenant.create({ owner: "yours", metadata: { run: "2" } }),
  ];
  const over = await tenant.create({ owner: "mine" });
  await tenant.release(over.id);
  const dashboard = await opened(t, tenant);
  await dashboard.card(yours).waitFor();

  await dashboard.search.fill("owner:mine");
  await dashboard.search.press("Enter");
  await dashboard.card(yours).waitFor({ state: "detached" });
  assert.equal(dashboard.address(), "?owner=mine");
  await dashboard.button("Completed").click();
  await dashboard.card(mine).waitFor({ state: "hidden" });
  await dashboard.row(over).waitFor();
  assert.equal(dashboard.address(), "?status=released&owner=mine");

  await dashboard.page.goBack();
  await dashboard.card(mine).waitFor();
  await dashboard.page.goBack();
  await dashboard.card(yours).waitFor();
  await dashboard.page.goForward();
  await dashboard.card(yours).waitFor({ state: "detached" });
  await dashboard.button("Remove the filter owner").click();
  await dashboard.card(yours).getByRole("button", { name: "run=2" }).click();
  await dashboard.card(mine).waitFor({ state: "detached" });
  assert.equal(dashboard.address(), "?metadata[run]=2");

  const sent = await opened(t, tenant, { path: "/?metadata[run]=2&q=your" });
  await sent.card(yours).waitFor();
  assert.equal(await sent.search.inputValue(), "your");
  await sent.search.fill("nobody");
  await sent.page.getByText("No sessions match.").first().waitFor();
  await sent.page.getByRole("button", { name: "Clear search and filters" }).first().click();
  await sent.card(mine).waitFor();
  assert.equal(sent.address(), "");
});

test("release all makes a dry run first, names the sessions, and ends no others", async (t) => {
  const tenant = service.project();
  const mine = [await tenant.create({ owner: "mine" }), await tenant.create({ owner: "mine" })];
  const yours = await tenant.create({ owner: "yours" });
  const dashboard = await opened(t, tenant);
  await dashboard.card(yours).waitFor();
  await dashboard.button("Release all…").click();
  await dashboard.dialog("Release all").getByLabel("Owner").fill("mine");
  await dashboard.dialog("Release all").getByRole("button", { name: "Preview" }).click();

  const confirm = dashboard.dialog("Release 2 sessions?");
  await confirm.waitFor();
  for (const { id } of mine) await confirm.getByRole("listitem").filter({ hasText: id }).getByText("mine").waitFor();
  assert.equal(await confirm.getByText(yours.id).count(), 0);
  for (const { id } of mine) assert.equal((await tenant.get(id)).status, "live", "looking ends nothing");

  const later = await tenant.create({ owner: "mine" });
  await confirm.getByRole("button", { name: "Release 2 sessions" }).click();
  await dashboard.dialog("Released").getByText("2 sessions").waitFor();
  for (const { id } of mine) assert.equal((await tenant.get(id)).status, "released");
  for (const { id } of [yours, later])
    assert.equal((await tenant.get(id)).status, "live", "what was not named is spared");
  await dashboard.button("Done").click();
  for (const session of mine) await dashboard.row(session).waitFor(SOON);
});

test("problems of a form are shown at its fields", async (t) => {
  const dashboard = await opened(t);
  await dashboard.button("New session").click();
  const form = dashboard.dialog("New session");
  const start = form.getByRole("button", { name: "Start session" });
  await form.getByLabel("Metadata").fill("no pair");
  await start.click();
  assert.equal(await form.getByLabel("Metadata").getAttribute("aria-invalid"), "true");
  await form.getByText("“no pair” must be key=value").waitFor();
  await form.getByLabel("Metadata").fill("");
  await form.getByLabel(/^Timeout/).fill("100000");
  await start.click();
  await form.locator("[aria-invalid=true]").waitFor();
  assert.equal(await form.getByLabel(/^Timeout/).getAttribute("aria-invalid"), "true");
  assert.equal(
    await form.getByLabel(/^Timeout/).evaluate((/** @type {Element} */ field) => field === document.activeElement),
    true,
  );
});

test("the details of a session have a URL and show all its data", async (t) => {
  const tenant = service.project();
  const session = await tenant.create({ owner: "mine", metadata: { run: "17" }, lambdatestOptions: { build: "b-1" } });
  const dashboard = await opened(t, tenant, { path: `/?session=${session.id}` });
  const panel = dashboard.dialog(/^Session/);
  for (const text of [session.id, "mine", "run", "17"]) await panel.getByText(text, { exact: true }).first().waitFor();
  await panel.getByText(/"build": "b-1"/).waitFor();
  await panel.getByRole("listitem").filter({ hasText: "Started" }).waitFor();
  await tenant.release(session.id);
  await panel.getByRole("listitem").filter({ hasText: "Ended" }).waitFor(SOON);
  await panel.getByText("Released", { exact: true }).waitFor(SOON);
  await dashboard.page.keyboard.press("Escape");
  await panel.waitFor({ state: "hidden" });
  await until("the address is the lists' again", () => dashboard.address() === "");
  await dashboard.page.goBack();
  await panel.waitFor();

  await dashboard.page.keyboard.press("Escape");
  await dashboard.search.fill(NOBODYS_ID);
  await dashboard.search.press("Enter");
  await dashboard.page
    .getByRole("alert")
    .filter({ hasText: /^Session not found\.$/ })
    .waitFor();
});

test("counts, limits and charts show usage, also to screen readers", async (t) => {
  const tenant = service.project();
  await tenant.create();
  await tenant.release((await tenant.create()).id);
  const dashboard = await opened(t, tenant);
  await dashboard.tile("Live").filter({ hasText: "1 of 20" }).waitFor();
  await dashboard.tile("Sessions today").filter({ hasText: "2" }).waitFor();
  await dashboard.page
    .getByRole("table", { name: "Why sessions ended" })
    .getByRole("row", { name: "Released 1" })
    .waitFor();
  const minutes = dashboard.page.getByRole("table", { name: "Browser minutes" });
  assert.equal(await minutes.getByRole("row").count(), 1 + 7, "a head and seven days");
  await dashboard.button("30 days").click();
  await until("it has thirty days", async () => (await minutes.getByRole("row").count()) === 1 + 30);
  assert.equal(dashboard.address(), "?range=30d");
  await tenant.create();
  await dashboard.tile("Live").filter({ hasText: "2 of 20" }).waitFor(SOON);
});

test("charts appear later if their file fails to load at first, and the rest works meanwhile", async (t) => {
  const tenant = service.project();
  await tenant.release((await tenant.create()).id);
  const dashboard = await Dashboard.signedOut(chrome, service);
  t.after(() => dashboard.close());
  let refused = 0;
  await dashboard.page.route("**/dashboard/plot.js", (route) => {
    refused++;
    return route.abort();
  });
  await dashboard.signIn(tenant.key);
  await until("it was asked for", () => refused > 0);
  await dashboard.tile("Sessions today").filter({ hasText: "1" }).waitFor();
  assert.equal(await dashboard.page.getByRole("table", { name: "Why sessions ended" }).count(), 0);
  await dashboard.page.unroute("**/dashboard/plot.js");
  await dashboard.page
    .getByRole("table", { name: "Why sessions ended" })
    .getByRole("row", { name: "Released 1" })
    .waitFor();
});
