// Whatever is sent: the right status and code, never a 5xx, never a browser, and a service that goes on.

import assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";

import { mintKey } from "../../scripts/keys/key.mjs";
import { Client, expectProblem, expectStatus, newId, openService, refusedUpgrade } from "./service.mjs";

const BODY_BYTES_MAX = 64 * 1024;
const service = await openService();
const { provider } = service;
const project = service.newProject();
const stranger = service.newProject();

let live;
let ended;
let others;
let acquired;

before(async () => {
  live = await project.live({ timeout: 600_000, metadata: { kept: "1" } });
  ended = await project.live();
  await project.release(ended.id);
  others = await stranger.live();
  acquired = provider.made("acquire").length;
});

// What must hold after every case.
afterEach(async () => {
  assert.equal(provider.made("acquire").length, acquired, "no browser was asked for");
  expectStatus(await service.send("GET", "/v1/health"), 200);
});

/** Tests that do make browsers, all of which are gone at their end. */
function creating(name, body) {
  test(name, async () => {
    await body();
    acquired = provider.made("acquire").length;
    assert.equal(provider.running().length, 2, "none is left but those of all tests");
  });
}

const show = (value) => {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return text.length > 70 ? `${text.slice(0, 67)}…` : text;
};

const create = (body, headers) => project.create(body, headers);
const pointers = ({ errors }) => errors.map(({ pointer }) => pointer).sort();

describe("a body that is not JSON is a 400", () => {
  for (const body of [
    "{",
    "nope",
    "{'owner':'a'}",
    "{owner:1}",
    '{"owner":"a",}',
    "{}{}",
    "{} x",
    "\ufeff{}",
    "\0",
    "{}\0",
    "NaN",
    '{"timeout":1e400}',
    '{"timeout":01}',
    '{"timeout":+1}',
    '{"owner":"\\ud800"}',
    '{"owner":"\\x41"}',
    '{"owner":"a\nb"}',
    "/* */{}",
    '{"owner":"a","owner":"a"}',
    '{"owner":"a","\\u006fwner":"b"}',
    '{"metadata":{"a":"1","a":"2"}}',
    '{"lambdatestOptions":{"x":[{"a":1,"a":1}]}}',
    "[".repeat(10_000),
    "[".repeat(BODY_BYTES_MAX),
    `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`,
    `{"lambdatestOptions":${'{"a":'.repeat(500)}1${"}".repeat(500)}}`,
    new Uint8Array([0x7b, 0xff, 0x7d]),
    new Uint8Array([0x22, 0xc3, 0x28, 0x22]),
    // UTF-8 of a surrogate, and an overlong slash.
    new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]),
    new Uint8Array([0x22, 0xc0, 0xaf, 0x22]),
    Buffer.from("{}", "utf16le"),
  ]) {
    test(show(typeof body === "string" ? body : [...body]), async () => {
      expectProblem(await create(body), 400, "invalid_json");
      expectProblem(await project.change(live.id, body), 400, "invalid_json");
      expectProblem(await project.call("POST", `/v1/sessions/${live.id}/release`, { body }), 400, "invalid_json");
      expectProblem(await project.call("POST", "/v1/sessions/release", { body }), 400, "invalid_json");
    });
  }
});

describe("JSON that is no object is a 422", () => {
  for (const body of ["[]", "null", '"text"', "1", "true", "[{}]"]) {
    test(body, async () => {
      const paths = ["/v1/sessions", `/v1/sessions/${live.id}/release`, "/v1/sessions/release"];
      for (const path of paths) {
        assert.deepEqual(pointers(expectProblem(await project.call("POST", path, { body }), 422, "invalid_request")), [
          "",
        ]);
      }
      assert.deepEqual(pointers(expectProblem(await project.change(live.id, body), 422, "invalid_request")), [""]);
    });
  }
});

describe("a body over 64 KiB is a 413", () => {
  const tooLarge = Buffer.alloc(BODY_BYTES_MAX + 1, " ");

  test("announced", async () => {
    const { key } = project;
    // It is not sent: who still sends when the answer comes may lose it.
    for (const bytes of [BODY_BYTES_MAX + 1, 4 * 1024 * 1024]) {
      expectProblem(await service.announce("POST", "/v1/sessions", { bytes, key }), 413, "body_too_large");
      expectProblem(await service.announce("PATCH", `/v1/sessions/${live.id}`, { bytes, key }), 413, "body_too_large");
    }
  });

  test("in chunks, without a length", async () => {
    const { key } = project;
    const half = tooLarge.length / 2;
    for (const chunks of [
      [tooLarge],
      [tooLarge.subarray(0, half), tooLarge.subarray(half)],
      Array(70).fill(Buffer.alloc(1024, " ")),
    ]) {
      expectProblem(await service.stream("POST", "/v1/sessions", { key, chunks }), 413, "body_too_large");
    }
  });

  creating("and one of just 64 KiB is read", async () => {
    const body = `${" ".repeat(BODY_BYTES_MAX - 2)}{}`;
    const { id } = await project.live(body);
    await project.release(id);
    const chunks = [body.slice(0, 10_000), body.slice(10_000)];
    const streamed = await service.stream("POST", "/v1/sessions", { key: project.key, chunks });
    await project.release(expectStatus(streamed, 201).body.id);
  });
});

describe("another media type is a 415", () => {
  for (const type of [
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonx",
    "application/octet-stream",
    "json",
    "*/*",
    "text/plain; application/json",
  ]) {
    test(type, async () => {
      const headers = { "content-type": type };
      expectProblem(await create("{}", headers), 415, "unsupported_media_type");
      const path = `/v1/sessions/${live.id}/release`;
      expectProblem(await project.call("POST", path, { body: "{}", headers }), 415, "unsupported_media_type");
    });
  }

  creating("and JSON's own are taken, however they are written", async () => {
    for (const type of ["application/json", "Application/JSON ; charset=utf-8", "application/problem+json"]) {
      await project.release((await project.live("{}", { "content-type": type })).id);
    }
    const streamed = await service.stream("POST", "/v1/sessions", {
      key: project.key,
      chunks: ["{}"],
      headers: { "content-type": [] },
    });
    await project.release(expectStatus(streamed, 201).body.id);
  });
});

describe("a value that can't be used is named by its place", () => {
  const long = (n) => "x".repeat(n);
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
      `{${newId()}}`,
      `urn:uuid:${newId()}`,
      ` ${newId()}`,
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
      const problem = expectProblem(await create(body), 422, "invalid_request");
      assert.deepEqual(pointers(problem), [pointer]);
      assert.ok(problem.detail.includes(pointer), "the text names it too");
    });
  }

  test("all that is wrong is named at once", async () => {
    const problem = expectProblem(await create({ timeout: 0, owner: 1, who: 1, region: "x" }), 422, "invalid_request");
    assert.deepEqual(pointers(problem), ["/owner", "/region", "/timeout", "/who"]);
  });

  for (const [body, pointer] of [
    [{ timeout: 0 }, "/timeout"],
    [{ timeout: 86_400_001 }, "/timeout"],
    [{ timeout: "5m" }, "/timeout"],
    [{ inactivityTimeout: -1 }, "/inactivityTimeout"],
    [{ onDisconnect: "release" }, "/onDisconnect"],
    [{ metadata: { a: 1 } }, "/metadata/a"],
    [{ metadata: [] }, "/metadata"],
    [{ owner: "b" }, "/owner"],
    [{ status: "released" }, "/status"],
  ]) {
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
        const problem = expectProblem(await create({ [name]: value }), 422, "invalid_request");
        assert.deepEqual(pointers(problem), [`/${name}`]);
      }
    });
  }

  creating("counts as absent if its value is falsy", async () => {
    for (const value of [false, null, {}, []]) {
      const session = await project.live(Object.fromEntries(OPTIONS.map((name) => [name, value])));
      for (const name of OPTIONS)
        assert.ok(!session[name] || name === "provider" || name === "optimizeBandwidth", name);
      await project.release(session.id);
    }
    const known = { timeout: null, owner: null, metadata: null, dimensions: null, adapter: null, sessionId: null };
    const session = await project.live(known);
    assert.equal(session.timeout, 300_000);
    await project.release(session.id);
  });
});

describe("an Idempotency-Key", () => {
  const long = (n) => "k".repeat(n);
  for (const [name, key] of [
    ["that is empty", ""],
    ["of 256 characters", long(256)],
    ["beyond ASCII", "cl\u00e9"],
    ["with a tab", "a\tb"],
  ]) {
    test(`${name} is refused`, async () => {
      const problem = expectProblem(await create({}, { "idempotency-key": key }), 422, "invalid_request");
      assert.deepEqual(pointers(problem), ["/Idempotency-Key"]);
    });
  }

  test("in UTF-8 is refused", async () => {
    const text = await service.raw(
      Buffer.from(
        `POST /v1/sessions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${project.key}\r\nidempotency-key: ключ\r\n` +
          "content-length: 2\r\nconnection: close\r\n\r\n{}",
      ),
    );
    assert.match(text, /^HTTP\/1.1 422 /);
  });

  creating("of 255 characters and any printable one is taken", async () => {
    const headers = { "idempotency-key": `'; DROP TABLE sessions; -- "%_\\${long(255 - 31)}` };
    const { id } = await project.live({}, headers);
    assert.equal(expectStatus(await project.create({}, headers), 200).body.id, id);
    await project.release(id);
  });
});

describe("a key", () => {
  const refused = async (headers, code) => {
    for (const [method, path] of [
      ["GET", "/v1/sessions"],
      ["POST", "/v1/sessions"],
      ["GET", `/v1/sessions/${live.id}`],
      ["PATCH", `/v1/sessions/${live.id}`],
      ["POST", `/v1/sessions/${live.id}/release`],
      ["POST", "/v1/sessions/release"],
      ["GET", `/v1/sessions/${live.id}/live-details`],
      ["GET", `/v1/sessions/${live.id}/json/list`],
      ["GET", `/v1/sessions/${live.id}/connect`],
    ]) {
      expectProblem(await service.send(method, path, { headers }), 401, code);
    }
  };

  test("is asked for", async () => {
    await refused({}, "missing_key");
    await refused({ authorization: "" }, "missing_key");
    await refused({ "x-api-key": "" }, "missing_key");
    await refused({ authorization: `Basic ${project.key}` }, "missing_key");
  });

  test("of another deployment is refused", async () => {
    const key = mintKey({ secret: "x".repeat(32), project: project.name });
    await refused({ authorization: `Bearer ${key}` }, "invalid_key");
    await refused({ "steel-api-key": key }, "invalid_key");
    await refused({ "x-api-key": key }, "invalid_key");
  });

  test("is no URL's part", async () => {
    const path = `/v1/sessions?apiKey=${project.key}`;
    expectProblem(await service.send("GET", path), 401, "missing_key");
  });

  test("is wrong if any character of it is", async () => {
    const { key } = project;
    const wrong = [...key].map((char, at) => key.slice(0, at) + (char === "a" ? "b" : "a") + key.slice(at + 1));
    const cut = [
      key.slice(0, -1),
      `${key}a`,
      `${key}=`,
      key.toUpperCase(),
      "tw_",
      "tw__",
      `tw_${project.name}_`,
      "undefined",
    ];
    const odd = [
      `${key} ${key}`,
      `tw_${"p".repeat(5000)}_x`,
      key.replace("tw_p", "tw_P"),
      "tw_\u00e9_x",
      "' OR 1=1 --",
    ];
    for (const text of [...wrong, ...cut, ...odd]) {
      const headers = { authorization: `Bearer ${text}` };
      expectProblem(await service.send("GET", "/v1/sessions", { headers }), 401, "invalid_key");
    }
  });
});

describe("a session's token", () => {
  const socket = (id, token, rest = "connect") =>
    `${service.url.replace("http", "ws")}/v1/sessions/${id}/${rest}?token=${token}`;
  const tokenOf = (url) => new URL(url).searchParams.get("token");

  test("opens its own session, and none else", async () => {
    const token = tokenOf(live.websocketUrl);
    const { id: second } = await stranger.session(others.id);
    for (const id of [ended.id, second, newId()]) {
      expectProblem(await refusedUpgrade(socket(id, token)), 401, "invalid_token");
      expectProblem(await service.send("GET", `/v1/sessions/${id}/json/list?token=${token}`), 401, "invalid_token");
    }
    const client = await Client.open(socket(live.id, token));
    await client.close();
  });

  test("is no key", async () => {
    const token = tokenOf(live.websocketUrl);
    for (const path of ["/v1/sessions", `/v1/sessions/${live.id}`, `/v1/sessions/${live.id}/live-details`]) {
      expectProblem(await service.send("GET", `${path}?token=${token}`), 401, "missing_key");
      expectProblem(await service.send("GET", path, { key: token }), 401, "invalid_key");
    }
    expectProblem(await service.send("POST", `/v1/sessions/${live.id}/release?token=${token}`), 401, "missing_key");
  });

  test("is wrong if any character of it is", async () => {
    const token = tokenOf(live.websocketUrl);
    const wrong = [...token].map((char, at) => token.slice(0, at) + (char === "a" ? "b" : "a") + token.slice(at + 1));
    const [interact, view] = [tokenOf(live.sessionViewerUrl), tokenOf(live.sessionWatchUrl)];
    const raised = [
      view.replace("view", "connect"),
      view.replace("view", "interact"),
      interact.replace("interact", "connect"),
    ];
    const cut = ["", token.slice(0, -1), `${token}a`, `${token}.`, `${token}=`, token.toUpperCase(), "...", ...raised];
    for (const text of [...wrong, ...cut]) {
      const path = `/v1/sessions/${live.id}/json/version?token=${encodeURIComponent(text)}`;
      expectProblem(await service.send("GET", path), 401, "invalid_token");
    }
    expectProblem(await refusedUpgrade(socket(live.id, wrong.at(-1))), 401, "invalid_token");
  });

  test("beside a right key is still to be right", async () => {
    const path = `/v1/sessions/${live.id}/json/version?token=nonsense`;
    expectProblem(await project.call("GET", path), 401, "invalid_token");
  });

  test("for the viewer does not drive", async () => {
    const [{ id }] = [...provider.browsers.values()][0].targets;
    for (const token of [tokenOf(live.sessionViewerUrl), tokenOf(live.sessionWatchUrl)]) {
      for (const rest of ["connect", `page/${id}`]) {
        expectProblem(await refusedUpgrade(socket(live.id, token, rest)), 403, "forbidden");
      }
    }
  });

  test("of a session that has ended is refused", async () => {
    expectProblem(await refusedUpgrade(ended.websocketUrl), 410, "session_gone");
    expectProblem(await refusedUpgrade(socket(ended.id, tokenOf(ended.websocketUrl), "page/ABC")), 410, "session_gone");
  });
});

describe("an id", () => {
  const calls = (id) => [
    ["GET", `/v1/sessions/${id}`],
    ["PATCH", `/v1/sessions/${id}`],
    ["POST", `/v1/sessions/${id}/release`],
    ["GET", `/v1/sessions/${id}/live-details`],
    ["GET", `/v1/sessions/${id}/connect`, { connection: "Upgrade", upgrade: "websocket" }],
    ["GET", `/v1/sessions/${id}/view`, { connection: "Upgrade", upgrade: "websocket" }],
    ["GET", `/v1/sessions/${id}/picture`],
    ["GET", `/v1/sessions/${id}/json`],
    ["GET", `/v1/sessions/${id}/json/version`],
    ["PUT", `/v1/sessions/${id}/json/new`],
    ["GET", `/v1/sessions/${id}/json/close/ABC`],
  ];
  const ask = (id) =>
    Promise.all(
      calls(id).map(([method, path, upgrade]) =>
        upgrade
          ? refusedUpgrade(service.url.replace("http", "ws") + path, { authorization: `Bearer ${project.key}` })
          : project.call(method, path),
      ),
    );

  test("of another project's session looks exactly like an unknown one", async () => {
    const [foreign, unknown] = [await ask(others.id), await ask(newId())];
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
    test(`that is no UUID is an unknown one: ${show(id)}`, async () => {
      for (const answer of await ask(id)) expectProblem(answer, 404, "session_not_found");
    });
  }

  test("that is percent-encoded is an unknown one", async () => {
    const encoded = [...live.id].map((char) => `%${char.charCodeAt(0).toString(16)}`).join("");
    expectProblem(await project.get(encoded), 404, "session_not_found");
  });

  test("of a tab that can't be one is an unknown tab", async () => {
    const [target] = [...provider.browsers.values()][0].targets;
    for (const id of ["%2e%2e%2fjson", "a%2Fb", "%00", "a.b", "x".repeat(129), `${target.id}%3F`]) {
      expectProblem(await project.call("GET", `/v1/sessions/${live.id}/json/activate/${id}`), 404, "target_not_found");
      expectProblem(await project.call("GET", `/v1/sessions/${live.id}/page/${id}`), 404, "target_not_found");
    }
  });
});

describe("a call that is not there", () => {
  test("is a 404 with a key and without", async () => {
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
      `/v1/sessions/${newId()}/`,
      `/v1/sessions/${newId()}/nothing`,
      `/v1/sessions/${newId()}/release/`,
      `/v1/sessions/${newId()}/release/x`,
      `/v1/sessions/${newId()}/page`,
      `/v1/sessions/${newId()}/json/nothing`,
      `/v1/sessions/${newId()}/json/close`,
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

  test("for this method says which it answers to", async () => {
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
        const answer = await service.stream(method, path, { key: project.key, chunks: [] });
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
    [`cursorId=${newId()}`, "/cursorId"],
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

  test("of a list with another project's cursor is one from nowhere", async () => {
    const [foreign, unknown] = [
      await project.list(`?cursorId=${others.id}`),
      await project.list(`?cursorId=${newId()}`),
    ];
    const { requestId: _, ...one } = expectProblem(foreign, 422, "invalid_request");
    const { requestId: __, ...other } = expectProblem(unknown, 422, "invalid_request");
    assert.deepEqual(one, other);
  });

  test("of a list with eleven filters on metadata has one too many", async () => {
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

describe("texts come back as they were sent", () => {
  const TEXTS = [
    "\u{1f30a}\u{1f469}\u200d\u{1f4bb}",
    "\u05e9\u05dc\u05d5\u05dd \u202eright to left\u202c",
    "e\u0301 is not \u00e9",
    "'; DROP TABLE sessions; --",
    '" OR "1"="1',
    "%_\\%",
    "${x} {{x}} <script>alert(1)</script>",
    "line\nline\r\n\ttab \u2028 \u0001 \u007f",
    "nothing\u0000after",
    "__proto__",
    "constructor",
    "toString",
    "null",
    "\ufeffmark",
    "\ufffd",
  ];

  creating("as owner, and as a filter on it", async () => {
    for (const owner of TEXTS) {
      const { id } = await project.live({ owner });
      assert.equal((await project.session(id)).owner, owner);
      const { body } = expectStatus(await project.list(`?status=live&owner=${encodeURIComponent(owner)}`), 200);
      assert.deepEqual([body.totalCount, body.sessions.map((session) => session.id)], [1, [id]], show(owner));
      const { results } = expectStatus(await project.releaseAll(`?owner=${encodeURIComponent(owner)}`), 200).body;
      assert.deepEqual(results, [{ id, outcome: "released" }], show(owner));
    }
  });

  creating("as keys and values of metadata, and as filters on it", async () => {
    const text = `{${TEXTS.map((text) => `${JSON.stringify(text)}:${JSON.stringify(text)}`).join()}}`;
    const { id } = await project.live(`{"metadata":${text}}`);
    // Compared as entries: `__proto__` is a name like any other.
    const entries = (metadata) => Object.entries(metadata).sort();
    const { metadata, config } = await project.session(id);
    assert.deepEqual(entries(metadata), entries(JSON.parse(text)));
    assert.deepEqual(entries(config.metadata), entries(JSON.parse(text)));
    for (const name of TEXTS) {
      const query = (value) => `?metadata[${encodeURIComponent(name)}]=${encodeURIComponent(value)}`;
      const { body } = expectStatus(await project.list(query(name)), 200);
      assert.deepEqual([body.totalCount, body.sessions.map((session) => session.id)], [1, [id]], show(name));
      assert.equal((await project.list(query(`${name}.`))).body.totalCount, 0, show(name));
    }
    await project.release(id);
  });

  creating("up to their limits, counted in characters", async () => {
    const wave = (n) => "\u{1f30a}".repeat(n);
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`${at}`, "v"]));
    const { id } = await project.live({ owner: wave(256), metadata: { ...metadata, 0: wave(512) } });
    const session = await project.session(id);
    assert.equal(session.owner, wave(256));
    assert.equal(session.metadata[0], wave(512));
    assert.equal(Object.keys(session.metadata).length, 50);
    await project.release(id);
    const key = { [wave(64)]: "v" };
    const { body } = await project.create({ metadata: key });
    assert.deepEqual(body.metadata, key);
    await project.release(body.id);
  });
});

describe("bytes that are no proper HTTP", () => {
  const host = "host: x\r\n";
  const close = "connection: close\r\n\r\n";
  // Most of them never reach the Worker: the platform refuses them, in words of its own.
  for (const [name, bytes, expected = /^(none|4..)$/] of [
    ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"],
    ["a NUL in the path", `GET /v1/sessions\0 HTTP/1.1\r\n${host}${close}`],
    ["a NUL in a header", `GET /v1/sessions HTTP/1.1\r\n${host}x-api-key: a\0b\r\n${close}`],
    ["a bare line feed in a header", `GET /v1/sessions HTTP/1.1\r\n${host}x-api-key: a\nx-evil: 1\r\n${close}`],
    ["a header without a colon", `GET /v1/sessions HTTP/1.1\r\n${host}nonsense\r\n${close}`],
    ["a method that nobody knows", `BREW /v1/sessions HTTP/1.1\r\n${host}${close}`, /^501$/],
    ["two lengths", `POST /v1/sessions HTTP/1.1\r\n${host}content-length: 2\r\ncontent-length: 3\r\n${close}{} `],
    ["a negative length", `POST /v1/sessions HTTP/1.1\r\n${host}content-length: -1\r\n${close}{}`],
    ["a length beyond all", `POST /v1/sessions HTTP/1.1\r\n${host}content-length: 99999999999999999999\r\n${close}{}`],
    [
      "a length and chunks",
      `POST /v1/sessions HTTP/1.1\r\n${host}content-length: 2\r\ntransfer-encoding: chunked\r\n${close}0\r\n\r\n`,
    ],
    [
      "a chunk of no size",
      `POST /v1/sessions HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n${close}zz\r\n{}\r\n0\r\n\r\n`,
    ],
    ["a path of 100 KB", `GET /v1/${"x".repeat(100_000)} HTTP/1.1\r\n${host}${close}`],
    ["a header of 1 MB", `GET /v1/sessions HTTP/1.1\r\n${host}x-api-key: ${"x".repeat(1_000_000)}\r\n${close}`],
    ["an absolute address", `GET http://elsewhere.example/v1/sessions HTTP/1.1\r\n${host}${close}`],
    ["a host that is none", `GET /v1/sessions HTTP/1.1\r\nhost: a b<>"/?#\r\n${close}`, /^500$/],
    ["no host", `GET /v1/sessions HTTP/1.1\r\n${close}`],
    ["an upgrade to something else", `GET /v1/sessions HTTP/1.1\r\n${host}upgrade: h2c\r\nconnection: upgrade\r\n\r\n`],
    [
      "an upgrade that lacks its key",
      `GET /v1/sessions HTTP/1.1\r\n${host}upgrade: websocket\r\nconnection: upgrade\r\n\r\n`,
    ],
  ]) {
    test(`${name} is refused`, async () => {
      // The connection may be left open after an answer: one more request ends it.
      const last = `GET /v1/health HTTP/1.1\r\n${host}${close}`;
      const answer = await service.raw(Buffer.from(bytes.endsWith(close) ? bytes : bytes + last, "latin1"));
      const [, status = "none"] = /^HTTP\/1\.[01] (\d{3})/.exec(answer) ?? [];
      assert.match(status, expected, answer.slice(0, 300));
      if (status[0] === "5") assert.doesNotMatch(answer, /x-request-id/i, "a 5xx is not the Worker's");
    });
  }

  test("a line break in a value makes no header of its own", async () => {
    const path = `/v1/sessions/${newId()}%0d%0ax-evil:%201?x=%0d%0ax-evil:%201`;
    const answer = await project.call("GET", path);
    expectProblem(answer, 404, "session_not_found");
    assert.equal(answer.headers.get("x-evil"), null);
  });
});

describe("a deployment that is not configured", { concurrency: true }, () => {
  const secret = service.secret;
  const { key } = project;
  for (const [name, vars] of [
    ["without a secret", { TIDEWATCH_SECRET: "" }],
    ["with a secret that is too short", { TIDEWATCH_SECRET: "x".repeat(31) }],
    // A limit that was meant and is not kept would be worse than none.
    ["with a limit that is no number", { TIDEWATCH_SECRET: secret, LIVE_SESSIONS_MAX: "many" }],
    ["with a yes that may be a no", { TIDEWATCH_SECRET: secret, BROWSERS_ARE_OURS_ALONE: "yes" }],
    ["with an origin that is none", { TIDEWATCH_SECRET: secret, ALLOWED_ORIGINS: "app.example.com" }],
  ]) {
    test(`${name} answers 503 to all but health`, async (t) => {
      const closed = await openService({ vars }, t);
      const { body } = expectStatus(await closed.send("GET", "/v1/health"), 200);
      assert.equal(body.configured, false);
      const id = newId();
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

test("after all that the session that was there is still there, as it was", async () => {
  for (const [owner, { id }] of [
    [project, live],
    [stranger, others],
  ]) {
    const session = await owner.session(id);
    assert.equal(session.status, "live");
    await owner.release(id);
  }
  const { timeout, metadata } = await project.session(live.id);
  assert.equal(timeout, 600_000);
  assert.deepEqual(metadata, { kept: "1" });
  assert.deepEqual(provider.running(), []);
});
