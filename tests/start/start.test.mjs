// What `npm start` makes, keeps, and says.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { makeFolder } from "../support/folder.mjs";
import { freePort } from "../support/local_server.mjs";
import { ROOT, startService } from "./npm_start.mjs";

const execute = promisify(execFile);

test("sessions survive a restart, and so do secret and key", async (t) => {
  const folder = makeFolder(t);
  const first = await (await startService(t, { folder })).ready();
  const sessions = await first.sessionIds();
  const secrets = first.readSecrets();
  first.child.kill("SIGINT");
  await first.ended;
  const second = await (await startService(t, { folder })).ready();
  assert.deepEqual((await second.sessionIds()).slice(-2), sessions);
  assert.equal(second.readSecrets(), secrets);
  assert.equal(statSync(second.secretsFile).mode & 0o777, 0o600);
});

test("the start prints the key, and a curl command that works unchanged", async (t) => {
  const service = await (await startService(t)).ready();
  const [, key] = /^TIDEWATCH_API_KEY=(.*)$/m.exec(service.readSecrets()) ?? [];
  assert.ok(service.output.includes(`TIDEWATCH_API_KEY=${key}`));
  const [line] = /^curl .*$/m.exec(service.output) ?? [];
  const { stdout } = await execute("sh", ["-c", `${line} --silent`]);
  assert.equal(JSON.parse(stdout).status, "live");
});

test("the start prints a program for puppeteer that works unchanged", async (t) => {
  const service = await (await startService(t)).ready();
  const [program] = /^node_modules.*<<'END'\n[\s\S]*?\nEND$/m.exec(service.output) ?? [];
  const { stdout } = await execute("sh", ["-c", `${program}`], { cwd: ROOT });
  assert.equal(stdout, "Tidewatch\n");
});

test("a port in use is an error with a remedy", async (t) => {
  const port = await freePort();
  const other = createServer().listen(port, "127.0.0.1");
  t.after(() => other.close());
  const service = await startService(t, { port });
  assert.equal((await service.ended).code, 1);
  assert.match(service.output, new RegExp(`Port ${port} on 127.0.0.1 is taken[^]*PORT=${port + 1} npm start`));
});

test("an invalid PORT is refused", async (t) => {
  const service = await startService(t, { port: "http" });
  assert.equal((await service.ended).code, 1);
  assert.match(service.output, /PORT is `http`/);
});

test("a secret that is too short is refused and not changed", async (t) => {
  const folder = makeFolder(t);
  const short = "TIDEWATCH_SECRET=short\n";
  writeFileSync(join(folder, "secrets"), short);
  const service = await startService(t, { folder });
  assert.equal((await service.ended).code, 1);
  assert.match(service.output, /shorter than 32/);
  assert.equal(service.readSecrets(), short);
});
