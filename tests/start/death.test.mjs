// However `npm start` ends, no workerd, no Chrome and no folder of its run is left.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "../support/waits.mjs";
import { startService, WITHIN_MS } from "./npm_start.mjs";

/** @import { Service } from "./npm_start.mjs" */

const RUNNING = { workerd: 1, chromes: 2 };

/** @param {Service} service */
const nothingIsLeft = (service) =>
  until("nothing of the run is left", () => service.leftovers().length === 0, WITHIN_MS);

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  test(`${signal} ends the server in order, with code 0`, async (t) => {
    const service = await (await startService(t)).ready();
    assert.deepEqual(service.workers(), RUNNING);
    service.child.kill(signal);
    assert.deepEqual(await service.ended, { code: 0, signal: null });
    assert.deepEqual(service.leftovers(), [], "by the time that the command ends");
  });
}

test("a second Ctrl-C does not wait for browsers", async (t) => {
  const service = await (await startService(t)).ready();
  service.child.kill("SIGINT");
  service.child.kill("SIGTERM");
  assert.deepEqual(await service.ended, { code: 0, signal: null });
  assert.deepEqual(service.leftovers(), []);
});

for (const signal of /** @type {const} */ (["SIGTERM", "SIGKILL"])) {
  test(`${signal} of npm ends the processes that it started`, async (t) => {
    const service = await (await startService(t, { npm: true })).ready();
    const { server } = service;
    service.child.kill(signal);
    await nothingIsLeft(service);
    await until("the server is gone", () => !isRunning(server), WITHIN_MS);
  });
}

test("SIGKILL of the start script ends everything it started", async (t) => {
  const service = await (await startService(t)).ready();
  const { server } = service;
  service.child.kill("SIGKILL");
  await nothingIsLeft(service);
  await until("the server is gone", () => !isRunning(server), WITHIN_MS);
});

test("SIGKILL of the serving process fails the start script with a message", async (t) => {
  const service = await (await startService(t)).ready();
  process.kill(service.server, "SIGKILL");
  assert.deepEqual(await service.ended, { code: 1, signal: null });
  assert.match(service.output, /serving process ended by itself \(SIGKILL\)/);
  assert.deepEqual(service.leftovers(), []);
});

test("SIGKILL of every process that could clean up leaves the clean-up to the next start", async (t) => {
  const service = await (await startService(t)).ready();
  const { server, watchdog } = service;
  const guards = [watchdog, Number(service.child.pid), server];
  // Stopped first: whichever is killed first, the others would see it and begin to clean up.
  for (const signal of /** @type {const} */ (["SIGSTOP", "SIGKILL"]))
    for (const pid of guards) process.kill(pid, signal);
  await until("all three are gone", () => !guards.some(isRunning), WITHIN_MS);
  assert.deepEqual(service.workers(), RUNNING, "no process was left to end them");

  const next = await startService(t, { folder: service.folder });
  await next.ready();
  assert.deepEqual(service.leftovers(), []);
  next.child.kill("SIGINT");
  await next.ended;
});

test("SIGKILL of the watchdog stops nothing, and the end is still clean", async (t) => {
  const service = await (await startService(t)).ready();
  process.kill(service.watchdog, "SIGKILL");
  await service.createSession();
  service.child.kill("SIGINT");
  await service.ended;
  assert.deepEqual(service.leftovers(), []);
});

/** @param {number} pid */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
