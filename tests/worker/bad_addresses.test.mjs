// Paths and queries that name nothing: the right status, and no browser.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { expectProblem, expectStatus } from "../support/http.mjs";
import { refusedUpgrade } from "../support/service.mjs";
import { openBadInput, pointers, show } from "./bad_input.mjs";

/** @import { Answer } from "../support/http.mjs" */

const { service, provider, project, live, others, checkUnharmed, stranger } = await openBadInput();

describe("an id", () => {
  /**
   * @param {string} id
   * @returns {[method: string, path: string, upgrade?: "websocket"][]}
   */
  const calls = (id) => [
    ["GET", `/v1/sessions/${id}`],
    ["PATCH", `/v1/sessions/${id}`],
    ["POST", `/v1/sessions/${id}/release`],
    ["GET", `/v1/sessions/${id}/live-details`],
    ["GET", `/v1/sessions/${id}/connect`, "websocket"],
    ["GET", `/v1/sessions/${id}/view`, "websocket"],
    ["GET", `/v1/sessions/${id}/picture`],
    ["GET", `/v1/sessions/${id}/json`],
    ["GET", `/v1/sessions/${id}/json/version`],
    ["PUT", `/v1/sessions/${id}/json/new`],
    ["GET", `/v1/sessions/${id}/json/close/ABC`],
  ];
  /** @param {string} id */
  const ask = (id) =>
    Promise.all(
      calls(id).map(([method, path, upgrade]) =>
        upgrade
          ? refusedUpgrade(service.url.replace("http", "ws") + path, { authorization: `Bearer ${project.key}` })
          : project.call(method, path),
      ),
    );

  test("of another project's session looks exactly like an unknown one", async () => {
    const [foreign, unknown] = [await ask(others.id), await ask(randomUUID())];
    /** @param {Answer} answer */
    const plain = ({ status, headers, body }) => {
      const { requestId: _, ...rest } = body;
      const { "x-request-id": __, date: ___, ...names } = Object.fromEntries(headers);
      return { status, names, rest };
    };
    foreign.forEach((answer, at) => {
      expectProblem(answer, 404, "session_not_found");
      assert.deepEqual(plain(answer), plain(unknown[at]));
    });
    assert.equal((await stranger.session(others.id)).status, "live");
  });

  for (const id of [
    "1",
    "undefined",
    "null",
    "0192f0c17b3c7000800000000000000a",
    "%7B0192f0c1-7b3c-7000-8000-00000000000a%7D",
    "urn:uuid:0192f0c1-7b3c-7000-8000-00000000000a",
    "0192f0c1-7b3c-7000-8000-00000000000g",
    "0192f0c1-7b3c-7000-8000-00000000000a1",
    "%20",
    "%00",
    "%ff",
    "%",
    "%2e%2e%2f",
    "..;",
    "*",
    "'%20OR%201=1--",
    "\u{1f30a}",
    "x".repeat(5000),
  ]) {
    test(`that is not a UUID is an unknown id: ${show(id)}`, async () => {
      for (const answer of await ask(id)) expectProblem(answer, 404, "session_not_found");
    });
  }

  test("that is percent-encoded is an unknown id", async () => {
    const encoded = [...live.id].map((char) => `%${char.charCodeAt(0).toString(16)}`).join("");
    expectProblem(await project.get(encoded), 404, "session_not_found");
  });

  test("of a tab with an invalid form is an unknown tab", async () => {
    const [target] = [...provider.browsers.values()][0].targets;
    for (const id of ["%2e%2e%2fjson", "a%2Fb", "%00", "a.b", "x".repeat(129), `${target.id}%3F`]) {
      expectProblem(await project.call("GET", `/v1/sessions/${live.id}/json/activate/${id}`), 404, "target_not_found");
      expectProblem(await project.call("GET", `/v1/sessions/${live.id}/page/${id}`), 404, "target_not_found");
    }
  });
});

describe("an unknown path", () => {
  test("answers 404 with and without a key", async () => {
    for (const path of [
      "/v1/",
      "/v1/session",
      "/v1/sessions/",
      "/v1//sessions",
      "/v1/Sessions",
      "/v1/sessions;x",
      "/v1/sessions%2F",
      "/v1/health/",
      "/v1/health/x",
      "/v1/__proto__",
      "/v1/constructor",
      `/v1/sessions/${randomUUID()}/`,
      `/v1/sessions/${randomUUID()}/nothing`,
      `/v1/sessions/${randomUUID()}/release/`,
      `/v1/sessions/${randomUUID()}/release/x`,
      `/v1/sessions/${randomUUID()}/page`,
      `/v1/sessions/${randomUUID()}/json/nothing`,
      `/v1/sessions/${randomUUID()}/json/close`,
    ]) {
      for (const key of [undefined, project.key]) {
        const answer = await service.send("GET", path, { key });
        expectStatus(answer, 404);
        assert.ok(["route_not_found", "session_not_found"].includes(answer.body.code), `${path} ${answer.body.code}`);
      }
      const { status } = await project.call("POST", path, { body: {} });
      assert.ok(status === 404 || status === 405, `POST ${path}: ${status}`);
    }
  });

  test("outside of /v1/ never reaches a browser", async () => {
    for (const path of [
      "//v1/sessions",
      "/V1/sessions",
      "/v1",
      "/v1%2Fsessions",
      "/.//v1/sessions",
      "/\\v1/sessions",
    ]) {
      for (const method of ["GET", "POST"]) {
        const { status } = await project.call(method, path, method === "POST" ? { body: {} } : {});
        assert.ok(status >= 400 && status < 500, `${method} ${path}: ${status}`);
      }
    }
    for (const path of ["/v1", "//v1/sessions", "/nothing"]) {
      expectProblem(await project.call("GET", path), 404, "route_not_found");
    }
  });

  test("with another method names the allowed methods", async () => {
    const id = live.id;
    const table = [
      ["/v1/health", "GET, HEAD"],
      ["/v1/sessions", "GET, HEAD, POST"],
      ["/v1/sessions/release", "POST"],
      [`/v1/sessions/${id}`, "GET, HEAD, PATCH"],
      [`/v1/sessions/${id}/release`, "POST"],
      [`/v1/sessions/${id}/live-details`, "GET, HEAD"],
      [`/v1/sessions/${id}/connect`, "GET, HEAD"],
      [`/v1/sessions/${id}/page/ABC`, "GET, HEAD"],
      [`/v1/sessions/${id}/json`, "GET, HEAD"],
      [`/v1/sessions/${id}/json/version`, "GET, HEAD"],
      [`/v1/sessions/${id}/json/new`, "PUT"],
      [`/v1/sessions/${id}/json/close/ABC`, "GET, HEAD"],
    ];
    for (const [path, allowed] of table) {
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "LOCK"]) {
        if (allowed.split(", ").includes(method)) continue;
        const answer = await service.sendChunks(method, path, { key: project.key, chunks: [] });
        expectProblem(answer, 405, "method_not_allowed");
        assert.equal(answer.headers.get("allow"), `${allowed}, OPTIONS`, `${method} ${path}`);
      }
    }
  });
});

describe("a query", () => {
  const list = [
    ...["0", "101", "x", "", "1.5", "-1", "1e1", " 1", "99999999999999999999"].map((limit) => [
      `limit=${encodeURIComponent(limit)}`,
      "/limit",
    ]),
    ...["x", "", "1", "LIVE"].map((status) => [`status=${status}`, "/status"]),
    ["status=starting", "/status"],
    ["owner=", "/owner"],
    ["cursorId=", "/cursorId"],
    ["cursorId=x", "/cursorId"],
    [`cursorId=${randomUUID()}`, "/cursorId"],
    ["limit=5&limit=6", "/limit"],
    ["metadata[]=1", "/metadata[]"],
    ["metadata=1", "/metadata"],
    ["metadata[a]=1&metadata[a]=2", "/metadata[a]"],
    ["unknown=1", "/unknown"],
    ["__proto__=1", "/__proto__"],
    ["a%2Fb=1", "/a~1b"],
    [`x=${"x".repeat(12_000)}`, "/x"],
    ["%", "/%"],
    ["%00=1", "/\0"],
  ];
  for (const [query, pointer] of list) {
    test(`of a list: ${show(query)}`, async () => {
      assert.deepEqual(pointers(expectProblem(await project.list(`?${query}`), 422, "invalid_request")), [pointer]);
    });
  }

  test("of a list with another project's cursor has an unknown cursor", async () => {
    const [foreign, unknown] = [
      await project.list(`?cursorId=${others.id}`),
      await project.list(`?cursorId=${randomUUID()}`),
    ];
    const { requestId: _, ...one } = expectProblem(foreign, 422, "invalid_request");
    const { requestId: __, ...other } = expectProblem(unknown, 422, "invalid_request");
    assert.deepEqual(one, other);
  });

  test("of a list with eleven metadata filters is refused", async () => {
    /** @param {number} n */
    const filters = (n) => Array.from({ length: n }, (_, at) => `metadata[k${at}]=v`).join("&");
    expectStatus(await project.list(`?${filters(10)}`), 200);
    assert.deepEqual(pointers(expectProblem(await project.list(`?${filters(11)}`), 422, "invalid_request")), [
      "/metadata[k10]",
    ]);
  });

  // A filter that were ignored would end sessions that were to be spared.
  for (const [query, pointer] of [
    ["owner=", "/owner"],
    ["Owner=a", "/Owner"],
    ["status=live", "/status"],
    ["dryRun=yes", "/dryRun"],
    ["dryRun", "/dryRun"],
    ["dry_run=true", "/dry_run"],
    ["createdBefore=yesterday", "/createdBefore"],
    ["createdBefore=", "/createdBefore"],
    ["createdBefore=1700000000000", "/createdBefore"],
    ["createdBefore=2030-01-01", "/createdBefore"],
    ["createdBefore=2030-01-01T00:00:00", "/createdBefore"],
    ["metadata.run=1", "/metadata.run"],
    ["metadata[a]=1&metadata[a]=1", "/metadata[a]"],
  ]) {
    test(`of a release of all: ${query}`, async () => {
      assert.deepEqual(pointers(expectProblem(await project.releaseAll(`?${query}`), 422, "invalid_request")), [
        pointer,
      ]);
    });
  }
});

checkUnharmed();
