// The provider closes a browser that gets no command for too long; a live session's gets one from the service in time.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { answers, hangs } from "../browser_run/faults.mjs";
import { makeFolder } from "../support/folder.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService, refusedUpgrade } from "../support/service.mjs";
import { SocketClient } from "../support/socket_client.mjs";
import { travel } from "../support/time_travel.mjs";
import { until } from "../support/waits.mjs";

/**
 * @import { Browser } from "../browser_run/browser.mjs"
 * @import { BrowserRun } from "../browser_run/simulator.mjs"
 */

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
/** The provider's limit is asked for as long as that, at most; a sign of life is due half a minute earlier. */
const LIMIT_MS = 600_000;
const MARGIN_MS = 30_000;
// So long before a sign is due a service is stopped and started, and asked what it does by then.
const JUST_BEFORE_MS = 2 * SECOND_MS;
const TRY_AGAIN_MS = 10_000;

/**
 * A session and its browser, with a service of their own.
 *
 * @param {test.TestContext} t
 * @param {unknown} body
 */
async function open(t, body) {
  const service = await openService({ persist: makeFolder() }, t);
  const { provider } = service;
  const project = service.newProject();
  const session = await project.live(body);
  const browser = provider.newest();
  /**
   * Lets time pass until just before a sign is due, and waits until it is tried.
   *
   * @param {number} ms
   */
  const travelToSign = async (ms) => {
    const tried = provider.made("connect", browser).length;
    await travel(service, ms - JUST_BEFORE_MS);
    await until("a sign of life", () => provider.made("connect", browser).length > tried);
  };
  return { service, provider, project, session, browser, travelToSign };
}

/**
 * A command has come after `since`, by the provider's clock.
 *
 * @param {Browser} browser
 * @param {number} since
 */
const hasCommand = (browser, since) => until("a command has come", () => browser.commandAt > since);

describe("a live session's browser", () => {
  test("outlives the provider's idle limit while its session lives, without a client", async (t) => {
    const { provider, project, session, browser, travelToSign } = await open(t, { timeout: HOUR_MS });
    assert.equal(browser.idleMs, LIMIT_MS);
    for (let n = 0; n < 4; n += 1) {
      const { commandAt } = browser;
      await travelToSign(LIMIT_MS - MARGIN_MS);
      await hasCommand(browser, commandAt);
    }
    assert.ok(browser.alive && provider.clock.now() - browser.startTime > 3 * LIMIT_MS);
    const { status, websocketUrl } = await project.session(session.id);
    assert.equal(status, "live");
    const client = await SocketClient.open(websocketUrl);
    assert.equal((await client.command("Browser.getVersion")).product, "Chrome/1.2.3.4");
    await client.close();
    await project.release(session.id);
    assert.equal(browser.closeReason, "NormalClosure");
  });

  test("gets its keep-alive by the idle limit it was requested with, also if its session is extended", async (t) => {
    const { project, session, browser, travelToSign } = await open(t, { timeout: 60 * SECOND_MS });
    assert.equal(browser.idleMs, 90 * SECOND_MS);
    expectStatus(await project.change(session.id, { timeout: HOUR_MS }), 200);
    for (let n = 0; n < 2; n += 1) {
      const { commandAt } = browser;
      await travelToSign(browser.idleMs - MARGIN_MS);
      await hasCommand(browser, commandAt);
    }
    assert.ok(browser.alive);
    await project.releaseAll();
  });

  for (const [name, plan] of /** @type {const} */ ([
    ["is refused", (/** @type {BrowserRun} */ provider) => provider.next("connect", answers(500))],
    ["hangs", (/** @type {BrowserRun} */ provider) => provider.next("connect", hangs)],
    ["is not answered", (/** @type {BrowserRun} */ provider) => (provider.cdp["Browser.getVersion"] = () => undefined)],
  ])) {
    test(`gets another keep-alive in time if one ${name}`, async (t) => {
      const { service, provider, project, session, browser, travelToSign } = await open(t, { timeout: HOUR_MS });
      plan(provider);
      await travelToSign(LIMIT_MS - MARGIN_MS);
      provider.cdp = {};
      const again = provider.clock.now();
      await travelToSign(TRY_AGAIN_MS);
      await hasCommand(browser, again);
      await travel(service, MARGIN_MS);
      assert.equal((await project.session(session.id)).status, "live");
      assert.ok(browser.alive, "it is idle anew from the sign that came");
      await project.releaseAll();
    });
  }

  test("is closed by the provider if no keep-alive arrives, and its session has failed", async (t) => {
    const { service, provider, project, session, browser, travelToSign } = await open(t, { timeout: HOUR_MS });
    provider.always("connect", answers(500), browser);
    await travelToSign(LIMIT_MS - MARGIN_MS);
    await travel(service, MARGIN_MS + JUST_BEFORE_MS);
    assert.equal(browser.closeReason, "BrowserIdle");
    const ended = await project.ended(session.id);
    assert.equal(ended.status, "failed");
    assert.equal(ended.releaseReason, "provider_error");
    expectProblem(await refusedUpgrade(ended.websocketUrl), 410, "session_gone");
  });

  test("gets no keep-alive if its session ends before the idle limit", async (t) => {
    const { service, provider, project, session, browser } = await open(t, { timeout: 300 * SECOND_MS });
    const connected = provider.made("connect", browser).length;
    await travel(service, 300 * SECOND_MS - JUST_BEFORE_MS);
    await until("it is closed", () => !browser.alive);
    assert.equal(browser.closeReason, "NormalClosure");
    assert.equal((await project.ended(session.id)).releaseReason, "timeout");
    assert.equal(provider.made("connect", browser).length, connected);
  });
});
