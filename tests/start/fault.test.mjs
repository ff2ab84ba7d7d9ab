// The Workers runtime dies while the service goes on.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "../support/waits.mjs";
import { startService, WITHIN_MS } from "./npm_start.mjs";

test("a killed workerd starts again on the same port, with its storage", async (t) => {
  const service = await (await startService(t)).ready();
  const before = await service.sessionIds();
  process.kill(Number(service.workerd()?.pid), "SIGKILL");
  await until("it says so", () => /runtime died and was started again/.test(service.output), WITHIN_MS);
  const after = await until("it answers", () => service.sessionIds().catch(() => undefined), WITHIN_MS);
  assert.deepEqual(after, before);
  assert.deepEqual(service.workers(), { workerd: 1, chromes: 0 }, "no browser of the dead one is left");
  service.child.kill("SIGINT");
  await service.ended;
  assert.deepEqual(service.leftovers(), []);
});

test("a workerd that is killed again while it starts starts again on the same port, with its storage", async (t) => {
  const service = await (await startService(t)).ready();
  const before = await service.sessionIds();
  const first = service.workerd();
  process.kill(Number(first?.pid), "SIGKILL");
  const second = await until(
    "it starts again",
    () => [service.workerd()].find((now) => now && now.pid !== first?.pid),
    WITHIN_MS,
  );
  process.kill(second.pid, "SIGKILL");
  await until("it is gone", () => service.workerd()?.pid !== second.pid, WITHIN_MS);
  const after = await until("it answers", () => service.sessionIds().catch(() => undefined), WITHIN_MS);
  assert.deepEqual(after, before);
  assert.match(service.output, /opening it again/);
  service.child.kill("SIGINT");
  await service.ended;
  assert.deepEqual(service.leftovers(), []);
});

test("a Chrome that starts while workerd is killed is ended as well", async (t) => {
  const service = await (await startService(t)).ready();
  const known = new Set(service.chromes().map(({ pid }) => pid));
  const created = service.createSession().catch(() => {}); // Nobody answers it.
  const starting = await until(
    "a Chrome starts",
    () => service.chromes().find(({ pid }) => !known.has(pid)),
    WITHIN_MS,
  );
  // Stopped, its start is still under way when workerd is there again, and ends when it is resumed.
  process.kill(-starting.pid, "SIGSTOP");
  process.kill(Number(service.workerd()?.pid), "SIGKILL");
  await created;
  await until("it says so", () => /runtime died and was started again/.test(service.output), WITHIN_MS);
  resume(starting);
  await until("no Chrome is left", () => service.chromes().length === 0, WITHIN_MS);
  await service.createSession();
  assert.equal(service.chromes().length, 1, "and new ones are left alone");
  service.child.kill("SIGINT");
  await service.ended;
});

/** @param {{pid: number}} options */
function resume({ pid }) {
  try {
    process.kill(-pid, "SIGCONT");
  } catch (error) {
    assert.equal(/** @type {NodeJS.ErrnoException} */ (error).code, "ESRCH", "it has ended already");
  }
}
