// The dashboard with a large fleet, with a service that stops and starts again, and with hostile input. The provider is
// simulated, because these tests are about the page.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { temporary } from "../../scripts/support/places.mjs";
import { openPlatform } from "../../scripts/serve/platform.mjs";
import { makeSecret } from "../../scripts/keys/secrets.mjs";
import { answers } from "../browser_run/faults.mjs";
import { BrowserRun } from "../browser_run/simulator.mjs";
import { closing } from "../support/closing.mjs";
import { ObligingProject } from "../support/project.mjs";
import { databases, inDatabase } from "../support/stored_state.mjs";
import { until } from "../support/waits.mjs";
import { Dashboard, launchChrome } from "./dashboard.mjs";

/**
 * @import { DatabaseSync } from "node:sqlite"
 * @import { Page } from "playwright-core"
 * @import { OpenOptions } from "./dashboard.mjs"
 *
 * @typedef {{name: string, args: {name: string}, pid: number, tid: number, tdur: number}} TraceEvent
 */

const MANY = 10_000;
const LIVE = 40;
const AT_ONCE = 16;

const chrome = closing(await launchChrome(), (it) => it.close());

/** A service whose provider is simulated, which can be stopped and started again at the same address. */
class SimulatedService {
  secret = makeSecret();
  url = "";
  #folder = mkdtempSync(join(temporary, "tidewatch-dashboard-"));

  /** @param {BrowserRun} provider */
  constructor(provider) {
    this.provider = provider;
  }

  static async open() {
    const service = new SimulatedService(await BrowserRun.start({ idleMs: Infinity }));
    await service.start();
    return closing(service, (it) => it.close());
  }

  async start() {
    const vars = { TIDEWATCH_SECRET: this.secret, LIVE_SESSIONS_MAX: "100000" };
    const port = this.url ? Number(new URL(this.url).port) : 0;
    this.platform = await openPlatform({ port, persist: this.#folder, vars, browser: { url: this.provider.url } });
    this.url = this.platform.url;
  }

  stop() {
    return this.platform?.dispose();
  }

  async close() {
    await this.stop();
    await this.provider.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * Makes many of one ended session that is the only one of its project, as it is stored.
   *
   * @param {string} id
   * @param {number} count
   */
  async multiply(id, count) {
    await this.stop();
    const has = (/** @type {DatabaseSync} */ database) =>
      isFleet(database) && database.prepare("SELECT 1 FROM sessions WHERE id = ?").get(id);
    const file = databases(this.#folder).find((each) => inDatabase(each, has, { readOnly: true }));
    if (!file) throw new Error("No fleet has stored it.");
    inDatabase(file, (database) => copySession(database, id, count));
    await this.start();
  }

  /** @param {string} name */
  project(name) {
    return new ObligingProject(this, name);
  }
}

/** @param {DatabaseSync} database */
const isFleet = (database) =>
  database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sessions'").get() !== undefined;

/**
 * Copies a session's row, a second apart each, until there are `count`.
 *
 * @param {DatabaseSync} database
 * @param {string} id
 * @param {number} count
 */
function copySession(database, id, count) {
  const row = database.prepare("SELECT * FROM sessions WHERE id = ?").get(id);
  if (!row) throw new Error("There is no such session.");
  const { created_at: firstAt, seq, doc: text, status } = row;
  const columns = Object.keys(row);
  const insert = database.prepare(
    `INSERT INTO sessions (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  database.exec("BEGIN");
  for (let copy = 1; copy < count; copy++) {
    const [copied, created_at] = [randomUUID(), Number(firstAt) - copy * 1000];
    const doc = `${text}`.replaceAll(id, copied).replaceAll(String(firstAt), String(created_at));
    insert.run(...Object.values({ ...row, id: copied, seq: Number(seq) - copy, created_at, doc }));
  }
  database.prepare("UPDATE counts SET n = ? WHERE status = ?").run(count, status);
  database.exec("COMMIT");
}

const service = await SimulatedService.open();

/**
 * @param {test.TestContext} t
 * @param {ObligingProject<SimulatedService>} tenant
 * @param {OpenOptions} [options]
 */
async function opened(t, tenant, options) {
  const dashboard = await Dashboard.of(chrome, tenant, options);
  t.after(() => dashboard.close());
  return dashboard;
}

/**
 * Does something so many times, some at once.
 *
 * @param {number} count
 * @param {(n: number) => Promise<unknown>} work
 */
async function times(count, work) {
  let next = 0;
  const one = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

test("an outage of the service is shown, and missed changes appear after it", async (t) => {
  const tenant = service.project("restart");
  const stays = await tenant.create({ owner: "stays" });
  const goes = await tenant.create({ owner: "goes" });
  const dashboard = await opened(t, tenant);
  await dashboard.card(goes).waitFor();
  await service.stop();
  await dashboard.page.getByText("Connection lost. Reconnecting …").waitFor();
  await dashboard.card(stays).waitFor();
  await service.start();
  await tenant.release(goes.id);
  const comes = await tenant.create({ owner: "comes" });
  await dashboard.isConnected();
  await dashboard.row(goes).waitFor();
  for (const session of [stays, comes]) await dashboard.card(session).waitFor();
  assert.deepEqual([await dashboard.count("live"), await dashboard.count("ended")], ["2", "1"]);
});

const MARKUP = `<img src=x onerror="document.title='scripted'"><script>document.title='scripted'</script>`;
const HOSTILE = [
  MARKUP,
  `"><svg onload="document.title='scripted'">`,
  "javascript:document.title='scripted'",
  "{{constructor.constructor('document.title=1')()}}",
  "\u202e\u2066reversed\u0000\u0007\u001b[31m\u200b",
  "Z\u0351\u036b\u0343".repeat(50),
];

test("texts of callers and providers neither run scripts nor break the page", async (t) => {
  const tenant = service.project("hostile");
  const live = [];
  for (const owner of HOSTILE) {
    live.push(
      await tenant.create({
        owner: owner.slice(0, 256),
        metadata: { [owner.slice(0, 64)]: owner.repeat(9).slice(0, 512), __proto__x: MARKUP, constructor: "x" },
      }),
    );
  }
  service.provider.next("acquire", answers(400, { body: MARKUP }));
  await tenant.call("POST", "/v1/sessions", { body: { owner: MARKUP } });
  const dashboard = await opened(t, tenant);
  for (const session of live) await dashboard.card(session).waitFor();
  await dashboard.page.getByText("Failed to start").or(dashboard.page.getByText("Provider error")).first().waitFor();
  for (const session of live) {
    await dashboard.page.goto(`${service.url}/?session=${session.id}`);
    await dashboard
      .dialog(/^Session/)
      .getByRole("listitem")
      .filter({ hasText: "Started" })
      .waitFor();
  }
  await dashboard.page.goto(
    `${service.url}/?owner=${encodeURIComponent(MARKUP)}&q=${encodeURIComponent(MARKUP)}&session=${encodeURIComponent(MARKUP)}`,
  );
  await dashboard.page.getByRole("alert").waitFor();
  await dashboard.page.keyboard.press("Escape");
  await dashboard.button("Release all…").click();
  await dashboard.button("Preview").click();
  await dashboard.dialog(/^Release \d+ session/).waitFor();
  assert.equal(await dashboard.page.title(), "Tidewatch");
  assert.equal(await dashboard.page.locator("main img[src=x], main script, main svg[onload], dialog img").count(), 0);
  assert.ok((await dashboard.excess()) <= 0);
});

test("invisible and bidirectional characters are shown by their names", async (t) => {
  const tenant = service.project("hidden");
  const session = await tenant.create({ owner: "a\u202eb\u0007" });
  const dashboard = await opened(t, tenant);
  await dashboard.card(session).getByText("a\\u202eb\\u0007").waitFor();
});

test("the dashboard draws only visible rows of 10,000 sessions, and scrolls smoothly", async (t) => {
  const tenant = service.project("many");
  const first = await tenant.create({ owner: "crawler-7", metadata: { run: "17" } });
  await tenant.releaseAll();
  await service.multiply(first.id, MANY - LIVE);
  await times(LIVE, () => tenant.create({ owner: "live" }));
  const dashboard = await opened(t, tenant);
  await until("it counts them", async () => (await dashboard.count("ended")) === (MANY - LIVE).toLocaleString("en"));
  assert.equal(await dashboard.count("live"), String(LIVE));
  const table = dashboard.page.getByRole("table", { name: /^Ended/ });
  assert.equal(await table.getAttribute("aria-rowcount"), String(MANY - LIVE + 1));
  assert.ok((await dashboard.page.getByRole("row").count()) < 200, "only what is on the screen is drawn");

  const tasks = await tasksDuring(dashboard.page, () => dashboard.page.evaluate(scrollThrough, 6));
  t.diagnostic(`${tasks.length} tasks while scrolling, the longest ${Math.max(...tasks).toFixed(0)} ms`);
  assert.ok(tasks.length > 100 && Math.max(...tasks) <= 50, `a task of ${Math.max(...tasks)} ms`);

  await dashboard.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  const last = table.locator(`[aria-rowindex="${MANY - LIVE + 1}"]`);
  await last.getByRole("link").first().waitFor({ timeout: 60_000 });
  await dashboard.search.fill(first.id);
  await until("it finds one", async () => (await dashboard.count("ended"))?.startsWith("1 of"));
});

/**
 * What the page's main thread did meanwhile: milliseconds of its own time for each task, whatever else the machine did.
 *
 * @param {Page} page
 * @param {() => Promise<unknown>} work
 */
async function tasksDuring(page, work) {
  await chrome.startTracing(page, { categories: ["toplevel"] });
  await work();
  /** @type {{traceEvents: TraceEvent[]}} */
  const { traceEvents } = JSON.parse((await chrome.stopTracing()).toString());
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  return traceEvents
    .filter(({ name, pid, tid, tdur }) => /RunTask$/.test(name) && tdur && mains.has(`${pid} ${tid}`))
    .map(({ tdur }) => tdur / 1000);
}

/**
 * Scrolls down evenly, a frame at a time. Runs in the page.
 *
 * @param {number} seconds
 */
async function scrollThrough(seconds) {
  const ends = performance.now() + seconds * 1000;
  while (performance.now() < ends) {
    scrollBy(0, 120);
    await new Promise(requestAnimationFrame);
  }
}
