// What `npm run deploy` decides from wrangler's answers.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  adviceFor,
  bucketOf,
  deployedUrl,
  hasBucket,
  isLoggedIn,
  LOG_IN,
  makesSecret,
} from "../../scripts/deploy/deployment.mjs";

/**
 * @param {number} code
 * @param {string} text
 */
const answer = (code, text) => ({ code, lines: text.split("\n") });

test("a login is read from wrangler", () => {
  assert.equal(isLoggedIn(answer(0, '{"loggedIn":true,"email":"a@example.org"}')), true);
  assert.equal(isLoggedIn(answer(1, '{"loggedIn":false}')), false);
  assert.equal(isLoggedIn(answer(0, '{"loggedIn":false}')), false);
});

test("a secret is made only if there certainly is none", () => {
  const other = '[\n  { "name": "OTHER", "type": "secret_text" }\n]';
  assert.equal(makesSecret(answer(0, other)), true);
  assert.equal(makesSecret(answer(0, "[]")), true);
  assert.equal(makesSecret(answer(1, "This Worker does not exist on your account. [code: 10007]")), true);
});

test("an existing secret is never replaced", () => {
  const present = '▲ [WARNING] something\n[\n  { "name": "TIDEWATCH_SECRET", "type": "secret_text" }\n]';
  assert.equal(makesSecret(answer(0, present.replace("▲ [WARNING] something\n", ""))), false);
  assert.equal(makesSecret(answer(0, present)), false, "also behind a warning");
});

test("an unreadable answer about secrets stops the deployment", () => {
  assert.equal(makesSecret(answer(1, "fetch failed")), undefined);
  assert.equal(makesSecret(answer(0, "")), undefined);
  assert.equal(makesSecret(answer(0, "{}")), undefined);
});

test("the printed address is the Worker's, not the dashboard's", () => {
  const lines = [
    "See https://dash.cloudflare.com/x",
    "Deployed tidewatch triggers",
    "  https://tidewatch.me.workers.dev",
  ];
  assert.equal(deployedUrl(lines), "https://tidewatch.me.workers.dev");
  assert.equal(deployedUrl(["no address"]), undefined);
});

test("each known failure names a next step", () => {
  assert.equal(adviceFor(["Authentication error [code: 10000]"]), LOG_IN);
  assert.match(adviceFor(["You need to register a workers.dev subdomain"]), /dashboard/);
  assert.match(adviceFor(["More than one account available"]), /CLOUDFLARE_ACCOUNT_ID/);
  assert.match(adviceFor(["Please enable R2 through the dashboard"]), /R2/);
  assert.match(adviceFor(["something new"]), /wrangler's output/);
});

test("the bound bucket is made once, and a failure to make it does not count as an existing bucket", () => {
  assert.equal(bucketOf('[[r2_buckets]]\nbinding = "RECORDINGS"\nbucket_name = "tides"\n'), "tides");
  assert.equal(bucketOf('# bucket_name = "tides"\n'), undefined);
  assert.equal(hasBucket({ code: 0, lines: ["Created bucket 'tides'"] }), true);
  assert.equal(hasBucket({ code: 1, lines: ["The bucket you tried to create already exists [code: 10004]"] }), true);
  assert.equal(hasBucket({ code: 1, lines: ["Please enable R2 [code: 10042]"] }), false);
});
