// What `npm start` makes, keeps, and says.

import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { freePort, makeFolder, startService } from "./service.mjs";

test("what is stored survives a restart, and so do secret and key", async (t) => {
  const folder = makeFolder(t);
  const counts = [];
  const secrets = [];
  for (let start = 0; start < 2; start += 1) {
    const service = await (await startService(t, { folder })).ready();
    counts.push((await (await fetch(`${service.url}/count`)).json()).count);
    secrets.push(service.readSecrets());
    service.child.kill("SIGINT");
    await service.ended;
  }
  assert.deepEqual(counts, [1, 2]);
  assert.equal(secrets[0], secrets[1]);
  assert.equal(statSync(join(folder, "secrets")).mode & 0o777, 0o600);
});

test("the Worker gets the secret, and is told that the browsers are its own alone", async (t) => {
  const service = await (await startService(t)).ready();
  const vars = await (await fetch(`${service.url}/vars`)).json();
  assert.ok(service.readSecrets().includes(`TIDEWATCH_SECRET=${vars.TIDEWATCH_SECRET}\n`));
  assert.equal(vars.BROWSERS_ARE_OURS_ALONE, "true");
  assert.match(vars.LIVE_SESSIONS_MAX, /^\d+$/, "from wrangler.toml");
  assert.ok(service.output.includes(`TIDEWATCH_API_KEY=tw_default_`), "the key is printed");
});

test("a taken port is named, with the way out", async (t) => {
  const port = await freePort();
  const other = createServer().listen(port, "127.0.0.1");
  t.after(() => other.close());
  const service = await startService(t, { port });
  assert.equal((await service.ended).code, 1);
  assert.match(service.output, new RegExp(`Port ${port} on 127.0.0.1 is taken[^]*PORT=${port + 1} npm start`));
});

test("a PORT that is none is refused", async (t) => {
  const service = await startService(t, { port: "http" });
  assert.equal((await service.ended).code, 1);
  assert.match(service.output, /PORT is `http`/);
});

test("a secret that is too short is refused, and left as it is", async (t) => {
  const folder = makeFolder(t);
  const short = "TIDEWATCH_SECRET=short\n";
  writeFileSync(join(folder, "secrets"), short);
  const service = await startService(t, { folder });
  assert.equal((await service.ended).code, 1);
  assert.match(service.output, /shorter than 32/);
  assert.equal(service.readSecrets(), short);
});
