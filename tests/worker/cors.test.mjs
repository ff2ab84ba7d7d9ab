// Pages of other origins may call and read answers only if the deployment allows it.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { answers } from "../browser_run/faults.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService } from "../support/service.mjs";

/**
 * @import { Answer } from "../support/http.mjs"
 * @import { Service } from "../support/service.mjs"
 */

const APP = "https://app.example.com";
const LOCAL = "http://localhost:5173";
const STRANGERS = ["https://evil.example", "http://app.example.com", `${APP}.evil.example`, `${APP}:8443`, "null"];
// What the client reads of an answer besides its body.
const READ_BY_CLIENTS = ["x-request-id", "location", "retry-after", "next-cursor", "x-should-retry"];

const service = await openService({ vars: { ALLOWED_ORIGINS: `${APP}, http://localhost:*` } });

/** @param {{headers: Headers}} options */
const corsHeaders = ({ headers }) => [...headers.keys()].filter((name) => name.startsWith("access-control-"));

/**
 * @param {Answer} answer
 * @param {string} origin
 */
function expectReadable(answer, origin) {
  const { headers, method, path, status } = answer;
  const what = `${method} ${path}: ${status}`;
  assert.equal(headers.get("access-control-allow-origin"), origin, what);
  const exposed = (headers.get("access-control-expose-headers") ?? "").split(/, */);
  for (const name of READ_BY_CLIENTS) assert.ok(exposed.includes(name), `${name} of ${what}`);
  return answer;
}

/**
 * What a browser asks before it lets a page of this origin send a request.
 *
 * @param {string} origin
 * @param {string} path
 * @param {{method?: string, to?: Service}} [options]
 */
function preflight(origin, path, { method = "POST", to = service } = {}) {
  const headers = {
    origin,
    "access-control-request-method": method,
    "access-control-request-headers": "authorization,content-type,idempotency-key",
  };
  // Node's fetch would send some of these as it thinks fit.
  return to.sendChunks("OPTIONS", path, { chunks: [], headers });
}

/**
 * @param {string} origin
 * @param {string} method
 * @param {string} path
 * @param {{key?: string}} [options]
 */
const call = (origin, method, path, options = {}) =>
  service.sendChunks(method, path, { chunks: [], key: service.project("cors").key, ...options, headers: { origin } });

describe("a page that is allowed", { concurrency: true }, () => {
  for (const origin of [APP, LOCAL]) {
    test(`${origin} gets a preflight answer that allows its request, without a key`, async () => {
      for (const [method, path] of [
        ["POST", "/v1/sessions"],
        ["PATCH", `/v1/sessions/${randomUUID()}`],
        ["POST", `/v1/sessions/${randomUUID()}/release`],
        ["GET", "/v1/no/such/call"],
        ["GET", "/not/below/v1"],
      ]) {
        const answer = expectStatus(await preflight(origin, path, { method }), 204);
        assert.equal(answer.headers.get("access-control-allow-origin"), origin, path);
        assert.ok(answer.headers.get("access-control-allow-methods")?.split(/, */).includes(method), path);
        const allowed = (answer.headers.get("access-control-allow-headers") ?? "").split(/, */);
        for (const name of ["authorization", "content-type", "idempotency-key", "x-api-key", "*"]) {
          assert.ok(allowed.includes(name), `${name} for ${path}`);
        }
        assert.ok(Number(answer.headers.get("access-control-max-age")) >= 7200, path);
        assert.equal(answer.headers.get("access-control-allow-credentials"), null, path);
      }
    });

    test(`${origin} may read answers and problems`, async () => {
      const session = await service.project("cors").live({});
      for (const [method, path, status] of /** @type {const} */ ([
        ["GET", `/v1/sessions/${session.id}`, 200],
        ["GET", `/v1/sessions/${session.id}/live-details`, 200],
        ["POST", `/v1/sessions/${session.id}/release`, 200],
        ["GET", "/v1/sessions", 200],
        ["GET", "/v1/health", 200],
        ["GET", `/v1/sessions/${randomUUID()}`, 404],
        ["GET", "/v1/sessions?limit=0", 422],
        ["GET", "/v1/no/such/call", 404],
        ["PUT", "/v1/sessions", 405],
        ["GET", "/not/below/v1", 404],
        ["POST", "/not/below/v1", 405],
      ])) {
        expectReadable(expectStatus(await call(origin, method, path), status), origin);
      }
      for (const key of [undefined, "wrong"]) {
        expectReadable(expectStatus(await call(origin, "GET", "/v1/sessions", { key }), 401), origin);
      }
    });
  }

  test("may read Location after a create, and Retry-After after a 429", async (t) => {
    const small = await openService({ vars: { ALLOWED_ORIGINS: APP, LIVE_SESSIONS_MAX: "1" } }, t);
    const project = small.newProject();
    const created = expectStatus(await project.create({}, { origin: APP }), 201);
    assert.ok(expectReadable(created, APP).headers.get("location"));
    const refused = await project.create({}, { origin: APP });
    expectProblem(refused, 429, "limit_reached");
    assert.ok(expectReadable(refused, APP).headers.get("retry-after"));
  });

  test("may read a problem of the provider", async (t) => {
    const failing = await openService({ vars: { ALLOWED_ORIGINS: APP } }, t);
    failing.provider.next("acquire", answers(500));
    const answer = await failing.newProject().create({}, { origin: APP });
    assert.ok(answer.status >= 500);
    expectReadable(answer, APP);
  });
});

describe("a page that is not allowed", { concurrency: true }, () => {
  for (const origin of STRANGERS) {
    test(`${origin} gets no CORS header`, async () => {
      assert.deepEqual(corsHeaders(expectStatus(await preflight(origin, "/v1/sessions"), 204)), []);
      assert.deepEqual(corsHeaders(expectStatus(await call(origin, "GET", "/v1/sessions"), 200)), []);
      assert.deepEqual(corsHeaders(expectStatus(await call(origin, "GET", "/v1/no/such/call"), 404)), []);
    });
  }

  test("includes every page, unless the deployment allows origins", async (t) => {
    const closed = await openService({}, t);
    for (const origin of [APP, LOCAL, "http://127.0.0.1:8787", "null"]) {
      assert.deepEqual(corsHeaders(await preflight(origin, "/v1/sessions", { to: closed })), []);
      assert.deepEqual(corsHeaders(await closed.send("GET", "/v1/health", { headers: { origin } })), []);
    }
  });

  test("includes every page if the list of origins is invalid", async (t) => {
    const broken = await openService({ vars: { ALLOWED_ORIGINS: `${APP}, *.example.com` } }, t);
    assert.deepEqual(corsHeaders(await preflight(APP, "/v1/sessions", { to: broken })), []);
    const answer = await broken.send("GET", "/v1/sessions", { key: broken.newProject().key, headers: { origin: APP } });
    const { detail } = expectProblem(answer, 503, "not_configured");
    assert.match(detail, /ALLOWED_ORIGINS.*"\*\.example\.com"/);
    assert.deepEqual(corsHeaders(answer), []);
  });
});

test("with * every page may call, also one with the origin null", async (t) => {
  const open = await openService({ vars: { ALLOWED_ORIGINS: "*" } }, t);
  for (const origin of [APP, "null"]) {
    const answer = expectStatus(await preflight(origin, "/v1/sessions", { to: open }), 204);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    expectReadable(await open.send("GET", "/v1/health", { headers: { origin } }), "*");
  }
});

test("a request without an origin, and an OPTIONS that is not a preflight, get no CORS header", async () => {
  assert.deepEqual(corsHeaders(await service.send("GET", "/v1/health")), []);
  assert.deepEqual(
    corsHeaders(expectStatus(await service.sendChunks("OPTIONS", "/v1/sessions", { chunks: [] }), 204)),
    [],
  );
});

test("only allowed pages can read the page at /", async () => {
  expectReadable(expectStatus(await service.send("GET", "/", { headers: { origin: APP } }), 200), APP);
  assert.deepEqual(
    corsHeaders(expectStatus(await service.send("GET", "/", { headers: { origin: STRANGERS[0] } }), 200)),
    [],
  );
});
