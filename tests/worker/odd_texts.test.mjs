// Texts of any characters come back unchanged; bytes that are no HTTP do no harm.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { expectProblem, expectStatus } from "../support/http.mjs";
import { openBadInput, show } from "./bad_input.mjs";

/** @import { SessionData } from "../../src/client/types.ts" */

const { service, project, creating, checkUnharmed } = await openBadInput();

describe("texts are returned as they were sent", () => {
  const TEXTS = [
    "\u{1f30a}\u{1f469}\u200d\u{1f4bb}",
    "\u05e9\u05dc\u05d5\u05dd \u202eright to left\u202c",
    "e\u0301 is not \u00e9",
    "'; DROP TABLE sessions; --",
    '" OR "1"="1',
    "%_\\%",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a text that looks like a template
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
      assert.deepEqual(
        [body.totalCount, body.sessions.map((/** @type {SessionData} */ session) => session.id)],
        [1, [id]],
        show(owner),
      );
      const { results } = expectStatus(await project.releaseAll(`?owner=${encodeURIComponent(owner)}`), 200).body;
      assert.deepEqual(results, [{ id, outcome: "released" }], show(owner));
    }
  });

  creating("as keys and values of metadata, and as filters on it", async () => {
    const text = `{${TEXTS.map((text) => `${JSON.stringify(text)}:${JSON.stringify(text)}`).join()}}`;
    const { id } = await project.live(`{"metadata":${text}}`);
    // Compared as entries: `__proto__` is a name like any other.
    const entries = (/** @type {unknown} */ metadata) => Object.entries(metadata ?? {}).sort();
    const { metadata, config } = await project.session(id);
    assert.deepEqual(entries(metadata), entries(JSON.parse(text)));
    assert.deepEqual(entries(config?.metadata), entries(JSON.parse(text)));
    for (const name of TEXTS) {
      /** @param {string} value */
      const query = (value) => `?metadata[${encodeURIComponent(name)}]=${encodeURIComponent(value)}`;
      const { body } = expectStatus(await project.list(query(name)), 200);
      assert.deepEqual(
        [body.totalCount, body.sessions.map((/** @type {SessionData} */ session) => session.id)],
        [1, [id]],
        show(name),
      );
      assert.equal((await project.list(query(`${name}.`))).body.totalCount, 0, show(name));
    }
    await project.release(id);
  });

  creating("up to their limits, counted in characters", async () => {
    /** @param {number} n */
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

describe("bytes that are not valid HTTP", () => {
  const host = "host: x\r\n";
  const close = "connection: close\r\n\r\n";
  // Most of them never reach the Worker: the platform refuses them, in words of its own.
  for (const [name, bytes, expected = /^(none|4..)$/] of /** @type {const} */ ([
    ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"],
    ["a NUL in the path", `GET /v1/sessions\0 HTTP/1.1\r\n${host}${close}`],
    ["a NUL in a header", `GET /v1/sessions HTTP/1.1\r\n${host}x-api-key: a\0b\r\n${close}`],
    ["a bare line feed in a header", `GET /v1/sessions HTTP/1.1\r\n${host}x-api-key: a\nx-evil: 1\r\n${close}`],
    ["a header without a colon", `GET /v1/sessions HTTP/1.1\r\n${host}nonsense\r\n${close}`],
    ["an unknown method", `BREW /v1/sessions HTTP/1.1\r\n${host}${close}`, /^501$/],
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
  ])) {
    test(`${name} is refused`, async () => {
      // The connection may be left open after an answer: one more request ends it.
      const last = `GET /v1/health HTTP/1.1\r\n${host}${close}`;
      const answer = await service.sendRaw(Buffer.from(bytes.endsWith(close) ? bytes : bytes + last, "latin1"));
      const [, status = "none"] = /^HTTP\/1\.[01] (\d{3})/.exec(answer) ?? [];
      assert.match(status, expected, answer.slice(0, 300));
      if (status[0] === "5") assert.doesNotMatch(answer, /x-request-id/i, "a 5xx is not the Worker's");
    });
  }

  test("a line break in a value does not make a header", async () => {
    const path = `/v1/sessions/${randomUUID()}%0d%0ax-evil:%201?x=%0d%0ax-evil:%201`;
    const answer = await project.call("GET", path);
    expectProblem(answer, 404, "session_not_found");
    assert.equal(answer.headers.get("x-evil"), null);
  });
});

checkUnharmed();
