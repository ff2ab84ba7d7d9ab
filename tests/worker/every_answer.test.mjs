// What docs/api.md promises of health, keys, request ids and CORS.

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";

import { answers } from "../browser_run/faults.mjs";
import { expectStatus, ISO } from "../support/http.mjs";
import { openService } from "../support/service.mjs";

const service = await openService({ vars: { ALLOWED_ORIGINS: "https://app.example" } });
const { provider } = service;

afterEach(() => provider.usual());

describe("every answer", () => {
  test("accepts the key in three headers", async () => {
    const project = service.newProject();
    for (const headers of [
      { authorization: `Bearer ${project.key}` },
      { authorization: `bearer ${project.key}` },
      { "steel-api-key": project.key },
      { "x-api-key": project.key },
      { "steel-api-key": "", "x-api-key": project.key },
    ]) {
      expectStatus(await service.send("GET", "/v1/sessions", { headers }), 200);
    }
  });

  test("needs a key, except health", async () => {
    const { body } = expectStatus(await service.send("GET", "/v1/health"), 200);
    assert.equal(body.status, "ok");
    assert.equal(body.configured, true);
    assert.match(body.version, /^\d+\.\d+\.\d+/);
  });

  test("of health counts the unconfirmed closes of the last sweep", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    const browser = provider.newest();
    provider.always("close", answers(500), browser);
    await project.release(id);
    const health = async () => expectStatus(await service.send("GET", "/v1/health"), 200).body;
    await service.cron();
    const during = await health();
    assert.equal(during.closing, 1);
    assert.match(during.sweptAt, ISO);
    provider.usual();
    await project.ended(id);
    await service.cron();
    const after = await health();
    assert.equal(after.closing, 0);
    assert.ok(after.sweptAt > during.sweptAt);
  });

  test("has a request id of its own", async () => {
    const project = service.newProject();
    const made = await Promise.all(Array.from({ length: 20 }, () => project.list()));
    assert.equal(new Set(made.map(({ headers }) => headers.get("x-request-id"))).size, 20);
  });

  test("allows the headers of published clients from other origins", async () => {
    // What steel-sdk adds to each request, beside the contract's own headers.
    const stainless = ["lang", "package-version", "os", "arch", "runtime", "runtime-version", "retry-count", "timeout"];
    const sent = [
      "authorization",
      "content-type",
      "idempotency-key",
      "last-event-id",
      "steel-api-key",
      "x-api-key",
      ...stainless.map((name) => `x-stainless-${name}`),
    ];
    for (const method of ["GET", "POST", "PATCH", "PUT"]) {
      const headers = {
        origin: "https://app.example",
        "access-control-request-method": method,
        "access-control-request-headers": sent.join(","),
      };
      const answer = await service.send("OPTIONS", "/v1/sessions", { headers });
      expectStatus(answer, 204);
      assert.equal(answer.text, "");
      /** @param {string} name */
      const split = (name) => (answer.headers.get(name) ?? "").toLowerCase().split(/, */);
      assert.ok(split("access-control-allow-methods").includes(method.toLowerCase()), method);
      const allowed = split("access-control-allow-headers");
      // `*` stands for every header but this one.
      assert.ok(allowed.includes("authorization"));
      for (const name of sent) assert.ok(allowed.includes(name) || allowed.includes("*"), name);
    }
  });
});
