// The Workers runtime dies while the service goes on.

import assert from "node:assert/strict";
import { test } from "node:test";

import { listProcesses } from "../../scripts/processes.mjs";
import { startService, until } from "./service.mjs";

test("a workerd that is killed is started again on the same port, with what was stored", async (t) => {
  const service = await (await startService(t)).ready();
  const before = await service.sessionIds();
  const { pid } = listProcesses().find(({ command }) => command.startsWith(`${service.run}/workerd`));
  process.kill(pid, "SIGKILL");
  await until("it says so", () => /runtime died and was started again/.test(service.output));
  const after = await until("it answers", () => service.sessionIds().catch(() => undefined));
  assert.deepEqual(after, before);
  assert.deepEqual(service.workers(), { workerd: 1, chromes: 0 }, "no browser of the dead one is left");
  service.child.kill("SIGINT");
  await service.ended;
  assert.deepEqual(service.remains(), []);
});
