// A deployment without usable settings answers nothing but health.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { mintKey } from "../../scripts/keys/key.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService } from "../support/service.mjs";
import { makeSecret } from "../../scripts/keys/secrets.mjs";

describe("a deployment without configuration", { concurrency: true }, () => {
  const secret = makeSecret();
  const key = mintKey({ secret, project: "p1" });
  for (const [name, vars] of /** @type {const} */ ([
    ["without a secret", { TIDEWATCH_SECRET: "" }],
    ["with a secret that is too short", { TIDEWATCH_SECRET: "x".repeat(31) }],
    // A limit that was meant and is not kept would be worse than none.
    ["with a limit that is no number", { TIDEWATCH_SECRET: secret, LIVE_SESSIONS_MAX: "many" }],
    ["with a yes that may be a no", { TIDEWATCH_SECRET: secret, BROWSERS_ARE_OURS_ALONE: "yes" }],
    ["with an origin that is none", { TIDEWATCH_SECRET: secret, ALLOWED_ORIGINS: "app.example.com" }],
  ])) {
    test(`${name} answers 503 to all but health`, async (t) => {
      const closed = await openService({ vars }, t);
      const { body } = expectStatus(await closed.send("GET", "/v1/health"), 200);
      assert.equal(body.configured, false);
      const id = randomUUID();
      for (const [method, path] of [
        ["POST", "/v1/sessions"],
        ["GET", "/v1/sessions"],
        ["GET", `/v1/sessions/${id}`],
        ["PATCH", `/v1/sessions/${id}`],
        ["POST", `/v1/sessions/${id}/release`],
        ["POST", "/v1/sessions/release"],
        ["GET", `/v1/sessions/${id}/live-details`],
        ["GET", `/v1/sessions/${id}/connect`],
        ["GET", `/v1/sessions/${id}/page/ABC`],
        ["GET", `/v1/sessions/${id}/json/list`],
      ]) {
        expectProblem(await closed.send(method, path, { key }), 503, "not_configured");
      }
      assert.equal(closed.provider.calls.length, 0);
    });
  }
});
