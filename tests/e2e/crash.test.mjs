// Crashes of a Chrome, a tab, the Workers runtime and the server.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import puppeteer from "puppeteer-core";

import { listProcesses } from "../../scripts/support/processes.mjs";
import { makeSecret } from "../../scripts/keys/secrets.mjs";
import { readEvents } from "./recorded.mjs";
import { openRecordedSite } from "./recorded_site.mjs";
import { openService, Service } from "./service.mjs";
import { chromePid } from "../support/cdp.mjs";
import { handshake } from "../support/handshake.mjs";
import { until } from "../support/waits.mjs";

/**
 * @import { ChildProcess } from "node:child_process"
 * @import { Project } from "./service.mjs"
 */

const SERVE = fileURLToPath(new URL("serve.mjs", import.meta.url));
/** In how long a browser that died unwatched is noticed. */
const NOTICED_WITHIN_MS = 10_000;
/** In how long after a start nothing of before is live. */
const SETTLED_WITHIN_MS = 15_000;
/** What a crash may take of a recording. */
const RECORDING_LOSS_MS = 5_000;

const service = await openService({ vars: { LIVE_SESSIONS_MAX: "3" } });
after(() => service.dispose());

/** @param {{websocketUrl: string}} options */
const connect = ({ websocketUrl }) => puppeteer.connect({ browserWSEndpoint: websocketUrl });

/**
 * Kills a process of the service, and no other one.
 *
 * @param {number} pid
 * @param {{run: string}} options
 */
function kill(pid, { run }) {
  const found = listProcesses().find((candidate) => candidate.pid === pid);
  assert.ok(found?.command.includes(`${run}/`), `${pid} is not ours`);
  process.kill(pid, "SIGKILL");
}

/** @param {{run: string}} options */
const runtimeOf = ({ run }) => listProcesses().find(({ command }) => command.startsWith(`${run}/workerd `));

/**
 * Kills the Workers runtime, and waits until the service answers again.
 *
 * @param {Project} project
 */
function killRuntime(project) {
  kill(Number(runtimeOf(service)?.pid), service);
  return until("it answers again", () => project.list().catch(() => false));
}

test("killed Chromes fail their sessions only, within 10 s, and free their slots", async () => {
  const project = service.project();
  const [connected, alone, other] = await Promise.all([1, 2, 3].map(() => project.create()));
  const [client, bystander] = [await connect(connected), await connect(other)];
  const victims = [connected, alone];
  const pids = await Promise.all(victims.map(chromePid));
  for (const pid of pids) kill(pid, service);
  const all = await Promise.all(victims.map(({ id }) => project.ended(id, NOTICED_WITHIN_MS)));
  for (const { status, releaseReason, failure, createdAt, endedAt } of all) {
    assert.deepEqual([status, releaseReason, failure?.code], ["failed", "browser_lost", "browser_lost"]);
    assert.ok(Date.parse(`${endedAt}`) >= Date.parse(createdAt));
  }
  for (const { websocketUrl } of victims) assert.equal((await handshake(websocketUrl)).status, 410);
  await until("the client of one is disconnected", () => !client.connected);

  assert.equal((await project.get(other.id)).status, "live");
  assert.equal(await (await bystander.pages())[0].evaluate(() => 6 * 7), 42);
  await Promise.all([project.create(), project.create()]);
  assert.equal(service.chromes().length, 3);
  await bystander.disconnect();
});

test("a crashed tab ends neither its session nor other tabs", async () => {
  const project = service.project();
  const session = await project.create();
  const browser = await connect(session);
  const [tab] = await browser.pages();
  const crashed = new Promise((resolve) => tab.once("error", resolve));
  const beside = await browser.newPage();
  await beside.goto("data:text/html,<title>beside</title>");
  await Promise.all([crashed, tab.goto("chrome://crash").catch(() => {})]);
  assert.equal(await beside.title(), "beside");
  assert.equal((await project.get(session.id)).status, "live");
  await browser.disconnect();
});

test("a killed Workers runtime leaves failed sessions and no Chrome, and new sessions start", async () => {
  const project = service.project();
  const before = await Promise.all([project.create(), project.create()]);
  await killRuntime(project);
  for (const { id } of before) {
    const ended = await project.ended(id, SETTLED_WITHIN_MS);
    assert.equal(ended.releaseReason, "browser_lost");
  }
  await service.untilChromes(0);
  await project.create();
  assert.equal(service.chromes().length, 1);
});

test("a killed Workers runtime loses at most the last 5 s of a recording", async (t) => {
  const site = await openRecordedSite();
  t.after(() => site.close());
  const project = service.project();
  const session = await project.create();
  const browser = await connect(session);
  await (await browser.newPage()).goto(`${site.url}/ticking`);
  const ticks = async () =>
    (await readEvents(project, session.id)).filter((event) => JSON.stringify(event).includes("tick "));
  const stored = await until("some of it is stored", async () => (await ticks()).at(-1));
  // Whoever kept more than may be lost would lose it now.
  await until("it goes on for a while", () => Date.now() > stored.timestamp + RECORDING_LOSS_MS + 3000);
  const killedAt = Date.now();
  await killRuntime(project);
  const lastTick = (await ticks()).at(-1)?.timestamp ?? 0;
  assert.ok(lastTick >= stored.timestamp, "what was stored is still there");
  assert.ok(killedAt - lastTick <= RECORDING_LOSS_MS, `${killedAt - lastTick} ms are lost`);
});

test("a killed server leaves nothing live and nothing running after its next start", async (t) => {
  const persist = mkdtempSync(join(tmpdir(), "tidewatch-e2e-"));
  t.after(() => rmSync(persist, { recursive: true, force: true }));
  const secret = makeSecret();

  const first = await startServer(t, { persist, secret });
  const project = first.project("survivor");
  const live = await Promise.all([project.create(), project.create()]);
  const released = await project.create();
  await project.release(released.id);
  const overdue = await project.create({ timeout: 3000 });
  const client = await connect(live[0]);

  const before = new Set(first.chromes().map(({ pid }) => pid));
  const sessionId = randomUUID();
  const key = { "idempotency-key": randomUUID() };
  const inFlight = [project.create({ sessionId }), project.create({ owner: "keyed" }, key)];
  const broken = Promise.all(inFlight.map((create) => assert.rejects(create, { message: "fetch failed" })));
  await until("a Chrome of theirs is starting", () => first.chromes().some(({ pid }) => !before.has(pid)));
  first.cutPower();
  await broken;
  await until("the client is disconnected", () => !client.connected);
  await until("nothing of the old run is left", () => !first.isThere());
  await until("the short session's time is up", () => Date.now() > Date.parse(overdue.expiresAt));

  const second = await startServer(t, { persist, secret });
  const again = second.project("survivor");
  const settled = async () => (await again.list("?status=live")).totalCount === 0;
  await until("nothing is live", settled, SETTLED_WITHIN_MS);
  for (const { id } of live) {
    const session = await again.get(id);
    assert.deepEqual([session.status, session.releaseReason], ["failed", "browser_lost"]);
  }
  assert.equal((await again.get(released.id)).releaseReason, "user_requested", "as it was");
  assert.equal((await again.get(overdue.id)).releaseReason, "timeout");
  const started = await again.get(sessionId);
  assert.deepEqual([started.status, started.releaseReason], ["failed", "startup_failed"]);
  assert.equal(second.chromes().length, 0);

  const stored = await again.expect(503, "POST", "/v1/sessions", { body: { sessionId } });
  assert.equal(stored.code, "start_interrupted", "the same id gets the stored problem again");
  const anew = await again.create({ owner: "keyed" }, key);
  assert.equal(anew.status, "live", "the same key starts anew");
  assert.equal(second.chromes().length, 1);
  await second.clear();
});

/**
 * @param {test.TestContext} t
 * @param {{persist: string, secret: string}} options
 */
async function startServer(t, { persist, secret }) {
  const child = fork(SERVE);
  t.after(() => child.kill("SIGKILL"));
  child.send({ persist, vars: { TIDEWATCH_SECRET: secret } });
  const [{ url, run }] = await once(child, "message");
  return new Server({ url, run, secret, child });
}

/** The service in a process of its own. */
class Server extends Service {
  /** @param {{url: string, run: string, secret: string, child: ChildProcess}} options */
  constructor({ child, ...service }) {
    super({ ...service, dispose: async () => {} });
    this.child = child;
  }

  /** Kills the server before its runtime can tell anybody: stopped, that is killed by the run's watchdog alone. */
  cutPower() {
    const runtime = runtimeOf(this);
    process.kill(Number(runtime?.pid), "SIGSTOP");
    this.child.kill("SIGKILL");
  }

  /** Whether any process of the run, or its folder, is still there. */
  isThere() {
    return existsSync(this.run) || listProcesses().some(({ command }) => command.includes(`${this.run}/`));
  }
}
