// However a program with the client ends, no browser of it stays, and the program ends as it would have without.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";

import { within } from "../support/waits.mjs";
import { openService } from "./service.mjs";

/** @import { Project } from "./service.mjs" */

const PROGRAM = new URL("client_program.mjs", import.meta.url);

const service = await openService();
after(() => service.dispose());

/**
 * Starts the program; goes on when its session is there.
 *
 * @param {test.TestContext} t
 * @param {Project} project
 * @param {string} ending
 */
async function start(t, project, ending) {
  const env = { ...process.env, TIDEWATCH_URL: service.url, TIDEWATCH_KEY: project.key };
  const program = fork(PROGRAM, [ending], { env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  t.after(() => program.kill("SIGKILL"));
  let told = "";
  program.stderr?.on("data", (chunk) => (told += chunk));
  const ended = once(program, "close").then(([code, signal]) => ({ code, signal, told }));
  const failed = ended.then(() => assert.fail(`it has ended before it had a session: ${told}`));
  const [id] = await within("a session", Promise.race([once(program, "message"), failed]));
  return { program, id, ended };
}

for (const { ending, signal = null, code = null, told = /^$/, reason = "user_requested" } of [
  { ending: "work", signal: "SIGTERM" },
  { ending: "work", signal: "SIGINT" },
  { ending: "finish", code: 0 },
  { ending: "finish with a code", code: 7 },
  { ending: "throw", code: 1, told: /nobody catches this[\s\S]*client_program/ },
  { ending: "reject", code: 1, told: /nobody catches this/ },
  { ending: "be killed", signal: "SIGKILL", reason: "client_disconnected" },
]) {
  test(`a program that must ${ending}, ended by ${signal ?? "itself"}, leaves no browser and keeps its exit`, async (t) => {
    const project = service.project();
    const { program, id, ended } = await start(t, project, ending);
    if (signal) {
      assert.equal((await project.get(id)).status, "live");
      assert.ok(program.kill(/** @type {NodeJS.Signals} */ (signal)));
    }
    const end = await within("the program's end", ended);
    assert.deepEqual([end.code, end.signal], [code, signal], end.told);
    assert.match(end.told, told);
    assert.equal((await project.ended(id)).releaseReason, reason);
    await service.untilChromes(0);
  });
}
