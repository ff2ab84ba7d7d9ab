// Secrets and keys: their shape, and that what a developer has is never lost.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { mintKey } from "../../scripts/keys/key.mjs";
import { ensureSecrets, makeSecret } from "../../scripts/keys/secrets.mjs";
import { readVars } from "../../scripts/keys/vars_file.mjs";
import { makeFolder } from "../support/folder.mjs";

test("a key has its documented shape and MAC", () => {
  const secret = makeSecret();
  const key = mintKey({ secret, project: "crawler-7" });
  const [, nonce, mac] = /^tw_crawler-7_([\w-]{22})([\w-]{43})$/.exec(key) ?? [];
  const expected = createHmac("sha256", secret).update(`tidewatch-key-v1:crawler-7:${nonce}`).digest("base64url");
  assert.equal(mac, expected);
  assert.notEqual(mintKey({ secret, project: "crawler-7" }), key, "each key has a nonce of its own");
});

for (const project of ["", "Upper", "under_score", "a".repeat(41)]) {
  test(`\`${project}\` is no project`, () => {
    assert.throws(() => mintKey({ secret: makeSecret(), project }), /can't be a project's name/);
  });
}

test("a secret under 32 characters mints no key", () => {
  assert.throws(() => mintKey({ secret: "s".repeat(31), project: "default" }), /shorter than 32/);
  assert.throws(() => mintKey({ secret: undefined, project: "default" }), /not set/);
});

test("a missing file is made, readable by its owner only", (t) => {
  const file = join(makeFolder(t), "vars");
  const made = ensureSecrets(file);
  assert.deepEqual(readVars(file), { ...made });
  assert.equal(made.TIDEWATCH_SECRET.length, 43);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("existing content stays byte for byte, and only missing values are added", (t) => {
  const file = join(makeFolder(t), "vars");
  const secret = makeSecret();
  const before = `# mine\nOTHER = "a b"\nTIDEWATCH_SECRET='${secret}'`;
  writeFileSync(file, before);
  const { TIDEWATCH_SECRET, TIDEWATCH_API_KEY } = ensureSecrets(file);
  assert.equal(TIDEWATCH_SECRET, secret);
  const after = readFileSync(file, "utf8");
  assert.equal(after, `${before}\nTIDEWATCH_API_KEY=${TIDEWATCH_API_KEY}\n`);
  assert.equal(readVars(file).OTHER, "a b");
  ensureSecrets(file);
  assert.equal(readFileSync(file, "utf8"), after, "a second time adds nothing");
});
