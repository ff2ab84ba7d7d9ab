// Compares the service's state with the provider's: why a browser is gone, and unknown browsers.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { answers, gate, losesAnswer } from "../browser_run/faults.mjs";
import { makeFolder } from "../support/folder.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService } from "../support/service.mjs";
import { SocketClient } from "../support/socket_client.mjs";
import { databases, inDatabase } from "../support/stored_state.mjs";
import { until } from "../support/waits.mjs";

/**
 * @import { DatabaseSync } from "node:sqlite"
 * @import { CloseReason } from "../browser_run/browser.mjs"
 * @import { Project } from "../support/project.mjs"
 * @import { Service } from "../support/service.mjs"
 */

// A round of checks each 4 s, and what a loaded machine adds.
const NOTICED_WITHIN_MS = 15_000;
const OURS_ALONE = { vars: { BROWSERS_ARE_OURS_ALONE: "true" } };

/**
 * A row as code of a later version may have written it; in the database of another project there is none.
 *
 * @param {DatabaseSync} database
 * @param {string} id
 */
function makeUnreadable(database, id) {
  const hasSessions = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sessions'").get();
  if (hasSessions) database.prepare("UPDATE sessions SET doc = '{\"closing\":1}' WHERE id = ?").run(id);
}

/**
 * Waits until a session is over, and gives it.
 *
 * @param {Project<Service>} project
 * @param {string} id
 */
function over(project, id) {
  return until(
    "the session is over",
    async () => {
      const session = await project.session(id);
      return session.status !== "live" && session;
    },
    NOTICED_WITHIN_MS,
  );
}

test("a lost browser ends its session with the reason in the provider's history", async (t) => {
  const service = await openService({}, t);
  const { provider } = service;
  const project = service.newProject();
  /** @type {[closeReason: string, ...expected: (string | undefined)[]][]} */
  const ends = [
    ["ChromiumCrashed", "failed", "browser_crashed", "browser_crashed"],
    ["SessionEvicted", "failed", "provider_error", "browser_evicted"],
    ["BrowserIdle", "failed", "provider_error", "browser_evicted"],
    ["ConnectionError", "failed", "provider_error", "browser_evicted"],
    ["NormalClosure", "released", "browser_closed", undefined],
    ["SomethingNew", "failed", "browser_lost", "browser_lost"],
  ];
  const lives = [];
  for (const [closeReason, ...expected] of ends) {
    const { id } = await project.live();
    lives.push({ id, closeReason, expected, browser: provider.newest() });
  }
  for (const { browser, closeReason } of lives) provider.account.end(browser, /** @type {CloseReason} */ (closeReason));
  for (const { id, closeReason, expected } of lives) {
    const session = await over(project, id);
    assert.deepEqual([session.status, session.releaseReason, session.failure?.code], expected, closeReason);
    assert.equal("closing" in session, false, "it is gone: there is nothing to close");
  }
});

test("the history's reason reaches session and client at once if a relay sees the socket close", async (t) => {
  const service = await openService({}, t);
  const project = service.newProject();
  const { id, websocketUrl } = await project.live({ onDisconnect: "release" });
  const client = await SocketClient.open(websocketUrl);
  service.provider.kill(service.provider.newest());
  assert.equal((await client.closed).code, 4003);
  assert.equal((await project.session(id)).releaseReason, "browser_crashed");
});

test("a lost browser ends as browser_lost without a history", async (t) => {
  const service = await openService({}, t);
  const project = service.newProject();
  const { id } = await project.live();
  service.provider.always("history", answers(500));
  service.provider.kill(service.provider.newest());
  assert.equal((await over(project, id)).releaseReason, "browser_lost");
});

test("a list older than an acquire ends no session", async (t) => {
  const service = await openService({}, t);
  const { provider } = service;
  provider.account.lag = { newMs: 60_000, endedMs: 0 };
  const project = service.newProject();
  const { id } = await project.live();
  const browser = provider.newest();
  await until("it was missing from a list, and asked about", () => provider.made("look", browser).length > 0);
  assert.equal((await project.session(id)).status, "live");
  await project.release(id);
});

describe("an unknown browser", () => {
  test("is closed if the account is exclusive, and the browsers of two projects are not", async (t) => {
    const service = await openService(OURS_ALONE, t);
    const { provider } = service;
    const projects = [service.newProject(), service.newProject()];
    const sessions = [await projects[0].live(), await projects[1].live()];
    const unknown = provider.openBrowser();
    await until("it is closed", () => !unknown.alive, NOTICED_WITHIN_MS);
    for (const [at, project] of projects.entries()) {
      assert.equal((await project.session(sessions[at].id)).status, "live");
      await project.release(sessions[at].id);
    }
    assert.equal(provider.running().length, 0);
  });

  test("is closed by cron if no session is live", async (t) => {
    const service = await openService(OURS_ALONE, t);
    const unknown = service.provider.openBrowser();
    await service.cron();
    assert.equal(unknown.alive, false);
  });

  test("stays untouched unless the account is configured as exclusive", async (t) => {
    const service = await openService({}, t);
    const project = service.newProject();
    const { id } = await project.live();
    const unknown = service.provider.openBrowser();
    await service.cron();
    await until("a check has been made", () => service.provider.made("list").length > 0);
    await service.cron();
    assert.equal(unknown.alive, true);
    assert.equal(service.provider.made("close").length, 0);
    await project.release(id);
  });

  test("stays untouched until all pending starts are over", async (t) => {
    const service = await openService(OURS_ALONE, t);
    const { provider } = service;
    const project = service.newProject();
    const held = gate();
    provider.next("acquire", held.reaction);
    const created = project.create();
    await held.arrived;
    const unknown = provider.openBrowser();
    await service.cron();
    assert.equal(unknown.alive, true);
    held.open();
    const session = expectStatus(await created, 201).body;
    await until("it is closed", () => !unknown.alive, NOTICED_WITHIN_MS);
    await project.release(session.id);
  });

  test("remains of an acquire whose answer was lost, and is closed", async (t) => {
    const service = await openService(OURS_ALONE, t);
    const { provider } = service;
    const project = service.newProject();
    provider.next("acquire", losesAnswer);
    expectProblem(await project.create(), 502, "provider_error");
    const lost = provider.newest();
    assert.equal(lost.alive, true);
    await service.cron();
    assert.equal(lost.alive, false);
  });

  test("stays untouched while one project does not report its browsers", async (t) => {
    const persist = makeFolder();
    const service = await openService({ ...OURS_ALONE, persist }, t);
    const { provider } = service;
    const [clear, unclear] = [service.newProject(), service.newProject()];
    const { id } = await clear.live();
    const strange = await unclear.live();
    const unknown = provider.openBrowser();
    await service.stop();
    for (const file of databases(persist)) inDatabase(file, (database) => makeUnreadable(database, strange.id));
    await service.open();
    await service.cron();
    assert.equal(unknown.alive, true);
    expectStatus(await clear.release(id), 200);
  });
});

describe("the account's rate", () => {
  test("is respected by waiting creates, and none of them fails", async (t) => {
    const service = await openService({}, t);
    const { provider } = service;
    provider.account.limit({ everyMs: 500 });
    const project = service.newProject();
    const began = Date.now();
    const created = await Promise.all(
      Array.from({ length: 4 }, () => project.create({ wait: 30_000, sessionId: randomUUID() })),
    );
    const ids = created.map((answer) => expectStatus(answer, 201).body.id);
    assert.equal(new Set(ids).size, 4);
    assert.ok(Date.now() - began >= 1_500, "no faster than the provider allows");
    assert.equal(provider.browsers.size, 4);
    await project.releaseAll();
  });

  test("is read from the provider if a refusal has no Retry-After", async (t) => {
    const service = await openService({}, t);
    const { provider } = service;
    const project = service.newProject();
    provider.next("acquire", answers(429));
    provider.next("limits", answers(200, { body: { timeUntilNextAllowedBrowserAcquisition: 6_500 } }));
    const answer = await project.create();
    expectProblem(answer, 429, "provider_rate_limited");
    assert.equal(answer.headers.get("retry-after"), "7");
  });
});
