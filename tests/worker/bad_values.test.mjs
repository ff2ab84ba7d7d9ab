// Values that can't be used: each is named by its place, and no browser is started.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { expectProblem, expectStatus } from "../support/http.mjs";
import { openBadInput, pointers, show } from "./bad_input.mjs";

const { service, project, live, creating, checkUnharmed } = await openBadInput();

describe("an invalid value is named by its JSON pointer", () => {
  /** @param {number} n */
  const long = (n) => "x".repeat(n);
  /** @param {number} n */
  const pairs = (n) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, "v"]));
  const bad = [
    ...[0, -1, 1.5, 999, 86_400_001, "5m", "60000", 1e300, 2 ** 53, -0.5, true, [1000], { ms: 1000 }, ""].map(
      (timeout) => [{ timeout }, "/timeout"],
    ),
    ...[
      "",
      "x",
      1,
      true,
      long(36),
      "0192f0c17b3c7000800000000000000a",
      `{${randomUUID()}}`,
      `urn:uuid:${randomUUID()}`,
      ` ${randomUUID()}`,
    ].map((sessionId) => [{ sessionId }, "/sessionId"]),
    ...["", "selenium", "Puppeteer", 1, ["puppeteer"]].map((adapter) => [{ adapter }, "/adapter"]),
    ...["", 1, true, ["a"], { a: 1 }, long(257)].map((owner) => [{ owner }, "/owner"]),
    ...["a", 1, true, [1], [["a", "b"]], pairs(51)].map((metadata) => [{ metadata }, "/metadata"]),
    ...[1, null, true, {}, [], long(513)].map((value) => [{ metadata: { a: value } }, "/metadata/a"]),
    [{ metadata: { "": "v" } }, "/metadata/"],
    [{ metadata: { [long(65)]: "v" } }, `/metadata/${long(65)}`],
    [{ metadata: { "a/b~c": 1 } }, "/metadata/a~1b~0c"],
    ...["1x1", 1, true, [1, 1]].map((dimensions) => [{ dimensions }, "/dimensions"]),
    [{ dimensions: { width: 1280 } }, "/dimensions/height"],
    [{ dimensions: { width: 99, height: 500 } }, "/dimensions/width"],
    [{ dimensions: { width: 500, height: 8193 } }, "/dimensions/height"],
    [{ dimensions: { width: 500.5, height: 500 } }, "/dimensions/width"],
    [{ dimensions: { width: "500", height: 500 } }, "/dimensions/width"],
    [{ dimensions: { width: 500, height: 500, depth: 1 } }, "/dimensions/depth"],
    [{ dimensions: { width: -500, height: 500 } }, "/dimensions/width"],
    ...[0, -1, 999, 1.5, "1s", true, 86_400_001].map((inactivityTimeout) => [
      { inactivityTimeout },
      "/inactivityTimeout",
    ]),
    ...[0, 0.5, 86_401, "1", true].map((idleTimeout) => [{ idleTimeout }, "/idleTimeout"]),
    ...["Release", "", 1, true].map((onDisconnect) => [{ onDisconnect }, "/onDisconnect"]),
    ...[-1, 0.5, "1", true].map((disconnectGrace) => [
      { onDisconnect: "release", disconnectGrace },
      "/disconnectGrace",
    ]),
    [{ disconnectGrace: 1000 }, "/disconnectGrace"],
    ...[-1, 0.5, 60_001, "1000", true].map((wait) => [{ wait }, "/wait"]),
    [{ inactivityTimeout: 5000, idleTimeout: 5 }, "/idleTimeout"],
    ...["true", 1, 0].map((headless) => [{ headless }, "/headless"]),
    ...["x", 1, true, [1]].map((lambdatestOptions) => [{ lambdatestOptions }, "/lambdatestOptions"]),
    [{ unknown: 1 }, "/unknown"],
    [{ Timeout: 5000 }, "/Timeout"],
    [{ "a/b": 1 }, "/a~1b"],
    [{ "": 1 }, "/"],
    ['{"__proto__":{"timeout":5000}}', "/__proto__"],
    ['{"constructor":1}', "/constructor"],
  ];
  for (const [body, pointer] of bad) {
    test(show(body), async () => {
      const problem = expectProblem(await project.create(body), 422, "invalid_request");
      assert.deepEqual(pointers(problem), [pointer]);
      assert.ok(problem.detail.includes(`${pointer}`), "the text names it too");
    });
  }

  test("all invalid fields are named at once", async () => {
    const problem = expectProblem(
      await project.create({ timeout: 0, owner: 1, who: 1, region: "x" }),
      422,
      "invalid_request",
    );
    assert.deepEqual(pointers(problem), ["/owner", "/region", "/timeout", "/who"]);
  });

  for (const [body, pointer] of /** @type {const} */ ([
    [{ timeout: 0 }, "/timeout"],
    [{ timeout: 86_400_001 }, "/timeout"],
    [{ timeout: "5m" }, "/timeout"],
    [{ inactivityTimeout: -1 }, "/inactivityTimeout"],
    [{ onDisconnect: "release" }, "/onDisconnect"],
    [{ metadata: { a: 1 } }, "/metadata/a"],
    [{ metadata: [] }, "/metadata"],
    [{ owner: "b" }, "/owner"],
    [{ status: "released" }, "/status"],
  ])) {
    test(`of a change: ${show(body)}`, async () => {
      assert.deepEqual(pointers(expectProblem(await project.change(live.id, body), 422, "invalid_request")), [pointer]);
    });
  }

  test("a release has no fields", async () => {
    for (const path of [`/v1/sessions/${live.id}/release`, "/v1/sessions/release"]) {
      const answer = await project.call("POST", path, { body: { owner: "a" } });
      assert.deepEqual(pointers(expectProblem(answer, 422, "invalid_request")), ["/owner"]);
    }
  });
});

describe("an option that is not supported", () => {
  // Those of the contract that are not built, and those of the systems whose clients are to work here.
  const OPTIONS = [
    "blockAds",
    "concurrency",
    "credentials",
    "deviceConfig",
    "extensionIds",
    "isSelenium",
    "namespace",
    "optimizeBandwidth",
    "persistProfile",
    "profileId",
    "provider",
    "proxyUrl",
    "region",
    "sessionContext",
    "solveCaptcha",
    "stealthConfig",
    "useProxy",
    "userAgent",
  ];
  for (const name of OPTIONS) {
    test(`${name} is refused by name`, async () => {
      for (const value of [true, 1, 0, "x", "", { a: 1 }, [1]]) {
        const problem = expectProblem(await project.create({ [name]: value }), 422, "invalid_request");
        assert.deepEqual(pointers(problem), [`/${name}`]);
      }
    });
  }

  creating("counts as absent if its value is falsy", async () => {
    for (const value of [false, null, {}, []]) {
      const session = await project.live(Object.fromEntries(OPTIONS.map((name) => [name, value])));
      for (const name of OPTIONS)
        assert.ok(
          !Object.entries(session).some(([field, value]) => field === name && value) ||
            name === "provider" ||
            name === "optimizeBandwidth",
          name,
        );
      await project.release(session.id);
    }
    const known = { timeout: null, owner: null, metadata: null, dimensions: null, adapter: null, sessionId: null };
    const session = await project.live(known);
    assert.equal(session.timeout, 300_000);
    await project.release(session.id);
  });
});

describe("an Idempotency-Key", () => {
  /** @param {number} n */
  const long = (n) => "k".repeat(n);
  for (const [name, key] of [
    ["that is empty", ""],
    ["of 256 characters", long(256)],
    ["beyond ASCII", "cl\u00e9"],
    ["with a tab", "a\tb"],
  ]) {
    test(`${name} is refused`, async () => {
      const problem = expectProblem(await project.create({}, { "idempotency-key": key }), 422, "invalid_request");
      assert.deepEqual(pointers(problem), ["/Idempotency-Key"]);
    });
  }

  test("in UTF-8 is refused", async () => {
    const text = await service.sendRaw(
      Buffer.from(
        `POST /v1/sessions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${project.key}\r\nidempotency-key: ключ\r\n` +
          "content-length: 2\r\nconnection: close\r\n\r\n{}",
      ),
    );
    assert.match(text, /^HTTP\/1.1 422 /);
  });

  creating("of 255 printable characters is accepted", async () => {
    const headers = { "idempotency-key": `'; DROP TABLE sessions; -- "%_\\${long(255 - 31)}` };
    const { id } = await project.live({}, headers);
    assert.equal(expectStatus(await project.create({}, headers), 200).body.id, id);
    await project.release(id);
  });
});

checkUnharmed();
