// Sessions that are watched: what becomes of them when their agent, or their Chrome, dies.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";

import { listProcesses } from "../../scripts/support/processes.mjs";
import { openService } from "./service.mjs";
import { chromePid, connectCdp } from "../support/cdp.mjs";
import { handshake } from "../support/handshake.mjs";
import { until } from "../support/waits.mjs";
import { openTideSite } from "./site.mjs";

/**
 * @import { CreateOptions } from "../../src/client/types.ts"
 * @import { Project } from "./service.mjs"
 */

const AGENT = fileURLToPath(new URL("agent.mjs", import.meta.url));
const GRACE_MS = 1000;
/** @type {CreateOptions} */
const RELEASED = { onDisconnect: "release", disconnectGrace: GRACE_MS };
/** In how long what a socket tells is stored. */
const AT_ONCE_MS = 1000;
/** What a machine may add on which Chromes start and end. */
const LATE_MS_MAX = 1500;

const service = await openService();
const site = await openTideSite();
after(async () => {
  await service.dispose();
  await site.close();
});

/** @param {{websocketUrl: string}} options */
const connect = ({ websocketUrl }) => puppeteer.connect({ browserWSEndpoint: websocketUrl, defaultViewport: null });
/**
 * @param {Project} project
 * @param {{id: string}} options
 * @param {boolean} is
 */
const untilConnected = (project, { id }, is) =>
  until(`connected is ${is}`, async () => (await project.get(id)).connected === is);
/** @param {number} time */
const passed = (time) => until(`${new Date(time).toISOString()} is past`, () => Date.now() > time);

/**
 * Starts an agent that drives a session with puppeteer.
 *
 * @param {test.TestContext} t
 * @param {{websocketUrl: string}} options
 */
async function startAgent(t, { websocketUrl }) {
  const agent = fork(AGENT, [websocketUrl]);
  t.after(() => agent.kill("SIGKILL"));
  const [answer] = await once(agent, "message");
  assert.equal(answer, 42);
  return agent;
}

/** @param {number} pid */
function killChrome(pid) {
  const found = listProcesses().find((candidate) => candidate.pid === pid);
  assert.ok(found?.command.includes(`${service.run}/`), `${pid} is not ours`);
  process.kill(pid, "SIGKILL");
}

/**
 * The session must have ended for this reason, so long after `since`.
 *
 * @param {Project} project
 * @param {{id: string}} options
 * @param {{reason: string, status?: string, since: number | undefined, from?: number, to: number}} options
 */
async function checkEnd(project, { id }, { reason, status = "released", since, from = 0, to }) {
  const session = await project.ended(id);
  const after = Date.parse(`${session.endedAt}`) - Number(since);
  assert.deepEqual([session.status, session.releaseReason], [status, reason]);
  assert.ok(after >= from && after <= to, `${reason} after ${after} ms, and not ${from} to ${to}`);
  assert.equal(session.connected, false);
  return session;
}

test("a killed agent's session is released after the grace period, with its Chrome", async (t) => {
  const project = service.project();
  const session = await project.create(RELEASED);
  const agent = await startAgent(t, session);
  assert.equal((await project.get(session.id)).connected, true);
  const since = Date.now();
  agent.kill("SIGKILL");
  await checkEnd(project, session, {
    reason: "client_disconnected",
    since,
    from: GRACE_MS,
    to: GRACE_MS + LATE_MS_MAX,
  });
  await service.untilChromes(0);
  assert.equal((await handshake(session.websocketUrl)).status, 410);
});

test("a killed agent's session with keepAlive stays live and keeps its state", async (t) => {
  const project = service.project();
  const session = await project.create({ inactivityTimeout: 60_000, onDisconnect: "keep" });
  const agent = await startAgent(t, session);
  agent.kill("SIGKILL");
  await untilConnected(project, session, false);
  await passed(Date.now() + 2 * GRACE_MS);
  assert.equal((await project.get(session.id)).status, "live");
  const browser = await connect(session);
  assert.equal((await browser.pages()).length, 2, "its tab is still there");
  await browser.disconnect();
});

test("a killed agent that restarts within the grace period goes on", async (t) => {
  const project = service.project();
  // A process takes its time to start.
  const session = await project.create({ ...RELEASED, disconnectGrace: 8000 });
  for (let life = 0; life < 2; life += 1) {
    const agent = await startAgent(t, session);
    agent.kill("SIGKILL");
    await untilConnected(project, session, false);
  }
  const browser = await connect(session);
  assert.equal((await browser.pages()).length, 3);
  assert.equal((await project.get(session.id)).connected, true);
  await browser.disconnect();
});

test("a killed agent does not disturb a second agent", async (t) => {
  const project = service.project();
  const session = await project.create(RELEASED);
  const browser = await connect(session);
  const agent = await startAgent(t, session);
  agent.kill("SIGKILL");
  await passed(Date.now() + 2 * GRACE_MS);
  assert.equal((await browser.pages()).length, 2);
  assert.equal((await project.get(session.id)).status, "live");
  const since = Date.now();
  await browser.disconnect();
  await checkEnd(project, session, {
    reason: "client_disconnected",
    since,
    from: GRACE_MS,
    to: GRACE_MS + LATE_MS_MAX,
  });
});

test("puppeteer drives a watched session, and its close releases the session", async () => {
  const project = service.project();
  const session = await project.create(RELEASED);
  const browser = await connect(session);
  const page = await browser.newPage();
  await page.goto(`${site.url}/`);
  assert.equal(await page.evaluate(() => document.querySelector("h1")?.textContent), "High water");
  assert.equal(await page.evaluate(() => "x".repeat(8_000_000).length), 8_000_000);
  assert.equal((await page.evaluate(() => "x".repeat(8_000_000))).length, 8_000_000);
  assert.deepEqual([...(await page.screenshot()).subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47], "a PNG");
  const since = Date.now();
  await browser.close();
  const { failure } = await checkEnd(project, session, {
    reason: "browser_closed",
    since,
    to: AT_ONCE_MS + LATE_MS_MAX,
  });
  assert.equal(failure, undefined);
  await service.untilChromes(0);
});

test("playwright drives a watched session by each way to connect, and its close disconnects", async () => {
  const project = service.project();
  for (const url of [
    (/** @type {{websocketUrl: string}} */ { websocketUrl }) => websocketUrl,
    (/** @type {{id: string, websocketUrl: string}} */ { id, websocketUrl }) =>
      `${service.url}/v1/sessions/${id}${new URL(websocketUrl).search}`,
  ]) {
    const session = await project.create(RELEASED);
    const browser = await chromium.connectOverCDP(url(session));
    const page = await browser.contexts()[0].newPage();
    await page.goto(`${site.url}/`);
    assert.equal(await page.locator("h1").textContent(), "High water");
    assert.equal((await project.get(session.id)).connected, true);
    const since = Date.now();
    await browser.close();
    const end = { reason: "client_disconnected", since, from: GRACE_MS, to: GRACE_MS + LATE_MS_MAX };
    await checkEnd(project, session, end);
    await service.untilChromes(0);
  }
});

test("a killed Chrome with a client fails its session within a second", async () => {
  const project = service.project();
  const session = await project.create(RELEASED);
  const pid = await chromePid(session);
  const [client, browser] = [await connectCdp(session.websocketUrl), await connect(session)];
  const since = Date.now();
  killChrome(pid);
  assert.equal(await client.closed, 1011);
  await until("puppeteer is disconnected", () => !browser.connected);
  const { failure } = await checkEnd(project, session, {
    reason: "browser_lost",
    status: "failed",
    since,
    to: AT_ONCE_MS + LATE_MS_MAX,
  });
  assert.equal(failure?.code, "browser_lost");
});

test("a client learns that its session was released", async () => {
  const project = service.project();
  const session = await project.create(RELEASED);
  const client = await connectCdp(session.websocketUrl);
  await client.send("Browser.getVersion");
  await project.release(session.id);
  assert.equal(await client.closed, 4002);
});

test("silence ends a session, and an active client keeps it live", async () => {
  const project = service.project();
  const session = await project.create({ inactivityTimeout: 1500 });
  const client = await connectCdp(session.websocketUrl);
  const stop = Date.now() + 4000;
  let sentAt;
  await until("it has gone on for long enough", async () => {
    sentAt = Date.now();
    await client.send("Browser.getVersion");
    return sentAt > stop;
  });
  assert.equal(await client.closed, 4001);
  await checkEnd(project, session, { reason: "inactivity_timeout", since: sentAt, from: 1500, to: 2500 });
  await service.untilChromes(0);
});

test("a tab's socket counts as a client, and the end of the tab does not end the session", async () => {
  const project = service.project();
  const session = await project.create(RELEASED);
  const browser = await connectCdp(session.websocketUrl);
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
  const tab = await connectCdp(session.websocketUrl.replace("/connect?", `/page/${targetId}?`));
  await browser.close();
  await passed(Date.now() + 2 * GRACE_MS);
  assert.equal((await project.get(session.id)).connected, true);
  const { result } = await tab.send("Runtime.evaluate", { expression: "6 * 7" });
  assert.equal(result.value, 42);
  await tab.send("Page.close");
  const code = await tab.closed;
  assert.ok([1000, 1001, 1011].includes(code), `${code}`);
  assert.equal((await project.get(session.id)).status, "live");
});
