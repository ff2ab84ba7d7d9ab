// Bodies that are no JSON, too large, or of another media type: the right status, and no browser.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { expectProblem, expectStatus } from "../support/http.mjs";
import { BODY_BYTES_MAX, openBadInput, pointers, show } from "./bad_input.mjs";

const { service, project, live, creating, checkUnharmed } = await openBadInput();

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
      expectProblem(await project.create(body), 400, "invalid_json");
      expectProblem(await project.change(live.id, body), 400, "invalid_json");
      expectProblem(await project.call("POST", `/v1/sessions/${live.id}/release`, { body }), 400, "invalid_json");
      expectProblem(await project.call("POST", "/v1/sessions/release", { body }), 400, "invalid_json");
    });
  }
});

describe("JSON that is not an object is a 422", () => {
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

  test("with an announced length", async () => {
    const { key } = project;
    // It is not sent: who still sends when the answer comes may lose it.
    for (const bytes of [BODY_BYTES_MAX + 1, 4 * 1024 * 1024]) {
      expectProblem(await service.announceBody("POST", "/v1/sessions", { bytes, key }), 413, "body_too_large");
      expectProblem(
        await service.announceBody("PATCH", `/v1/sessions/${live.id}`, { bytes, key }),
        413,
        "body_too_large",
      );
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
      expectProblem(await service.sendChunks("POST", "/v1/sessions", { key, chunks }), 413, "body_too_large");
    }
  });

  creating("but a body of exactly 64 KiB is accepted", async () => {
    const body = `${" ".repeat(BODY_BYTES_MAX - 2)}{}`;
    const { id } = await project.live(body);
    await project.release(id);
    const chunks = [body.slice(0, 10_000), body.slice(10_000)];
    const streamed = await service.sendChunks("POST", "/v1/sessions", { key: project.key, chunks });
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
      expectProblem(await project.create("{}", headers), 415, "unsupported_media_type");
      const path = `/v1/sessions/${live.id}/release`;
      expectProblem(await project.call("POST", path, { body: "{}", headers }), 415, "unsupported_media_type");
    });
  }

  creating("but JSON media types are accepted in each spelling", async () => {
    for (const type of ["application/json", "Application/JSON ; charset=utf-8", "application/problem+json"]) {
      await project.release((await project.live("{}", { "content-type": type })).id);
    }
    const streamed = await service.sendChunks("POST", "/v1/sessions", {
      key: project.key,
      chunks: ["{}"],
      headers: { "content-type": [] },
    });
    await project.release(expectStatus(streamed, 201).body.id);
  });
});

checkUnharmed();
