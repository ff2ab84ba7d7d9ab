// The Workers runtime dies while the service goes on.

import assert from "node:assert/strict";
import { test } from "node:test";

import { listProcesses } from "../../scripts/processes.mjs";
import { startService, until } from "./service.mjs";

test("a workerd that is killed is started again on the same port, with what was stored", async (t) => {
  const service = await (await startService(t)).ready();
  const count = async () => (await (await fetch(`${service.url}/count`)).json()).count;
  assert.equal(await count(), 1);
  const { pid } = listProcesses().find(({ command }) => command.startsWith(`${service.run}/workerd`));
  process.kill(pid, "SIGKILL");
  await until("it says so", () => /runtime died and was started again/.test(service.output));
  assert.equal(await until("it answers", () => count().catch(() => 0)), 2);
  assert.deepEqual(service.workers(), { workerd: 1, chromes: 0 }, "no browser of the dead one is left");
  service.child.kill("SIGINT");
  await service.ended;
  assert.deepEqual(service.remains(), []);
});
