// What must stay inside does: in answers, in logs, in calls to the provider, and on disk.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { answers, breaksOff } from "../browser_run/faults.mjs";
import { BrowserRun } from "../browser_run/simulator.mjs";
import { makeFolder } from "../support/folder.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { received, refusedUpgrade, Service } from "../support/service.mjs";
import { SocketClient } from "../support/socket_client.mjs";
import { until } from "../support/waits.mjs";

const SERVED = fileURLToPath(new URL("served.mjs", import.meta.url));

/** The Worker in a process of its own. */
class LoggedService extends Service {
  log = "";

  /** @override */
  async open() {
    const { persist, provider, vars } = this;
    const options = JSON.stringify({ port: 0, persist, vars, browser: { url: provider.url }, log: "info" });
    const child = spawn(process.execPath, [SERVED, options], { stdio: ["pipe", "pipe", "pipe"] });
    this.child = child;
    this.ended = new Promise((resolve) => child.once("close", resolve));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.log += text));
    }
    this.url = await until("it serves", () => /^\{"url":"([^"]+)"\}$/m.exec(this.log)?.[1]);
  }

  /** @override */
  async close() {
    this.child?.stdin.end();
    await this.ended;
    await this.provider.close();
  }
}

// Marked, so that a part of one is found as well.
const ACCESS_KEYS = ["hush-access-key", "hush-nested-key", "hush-password", "hush-token", "hush-in-list"];
const BAD = "hush-in-bad-json";
const folder = makeFolder();
const service = new LoggedService(await BrowserRun.start(), { persist: folder });
const { provider } = service;
const project = service.newProject();
const stranger = service.newProject();
/** @type {string[]} */
const tokens = [];

const lambdatestOptions = {
  build: "B1",
  name: "N1",
  user: "somebody",
  accessKey: ACCESS_KEYS[0],
  "LT:Options": { accessKey: ACCESS_KEYS[1], Password: ACCESS_KEYS[2], api_token: ACCESS_KEYS[3], video: true },
  list: [{ "access-key": ACCESS_KEYS[4], kept: "yes" }],
};

// One life with everything in it, good and bad; the tests then look at what it has left.
before(async () => {
  await service.open();
  const headers = { "idempotency-key": randomUUID() };
  const body = { sessionId: randomUUID(), owner: "a", metadata: { a: "1" }, lambdatestOptions };
  const session = await project.live(body, headers);
  const browser = provider.newest();
  const path = `/v1/sessions/${session.id}`;
  tokens.push(new URL(session.websocketUrl).searchParams.get("token") ?? "");
  assert.deepEqual(session.config?.lambdatestOptions, {
    build: "B1",
    name: "N1",
    user: "somebody",
    "LT:Options": { video: true },
    list: [{ kept: "yes" }],
  });
  await project.create(body, headers);
  await project.create({ ...body, owner: "b" }, headers);
  await project.list();
  await project.get(session.id);
  await project.change(session.id, { timeout: 600_000 });
  for (const rest of ["/live-details", "/json/version", "/json/list", "/json/protocol"]) {
    expectStatus(await project.call("GET", path + rest), 200);
  }
  await project.call("PUT", `${path}/json/new?url=about:blank`);
  const client = await SocketClient.open(session.websocketUrl);
  const upgraded = new Headers(/** @type {Record<string, string>} */ (client.upgrade.headers));
  received.push({ method: "GET", path: "/connect", status: 101, headers: upgraded, text: "" });
  await client.close();

  // Failures, in words of the provider's that name what must not be seen.
  /** @param {number} status */
  const telling = (status) => answers(status, { body: `browser ${browser.id} at ${provider.url} failed` });
  for (const reaction of [telling(500), telling(200), breaksOff, telling(429)]) {
    provider.always("json", reaction);
    await project.call("GET", `${path}/json/list`);
    await project.call("GET", `${path}/live-details`);
    provider.usual();
    provider.next("json", telling(404));
    await project.call("GET", `${path}/json/close/ABC`);
    provider.always("connect", reaction);
    await refusedUpgrade(session.websocketUrl);
    await project.create({ owner: "c" });
    provider.usual();
    provider.next("acquire", reaction);
    await project.create({ owner: "d" });
    provider.usual();
  }
  provider.cdp["Target.getTargets"] = () => {
    throw new Error(`browser ${browser.id} at ${provider.url}`);
  };
  // The provider has just asked to be left alone.
  await project.create({ sessionId: randomUUID(), wait: 5_000 });
  provider.usual();
  await stranger.get(session.id);
  await service.send("GET", path, { key: `${project.key}x` });
  await service.send("GET", `${path}/json/list?token=${tokens[0]}x`);

  // What is refused is not repeated.
  for (const bad of [
    `{"lambdatestOptions":{"accessKey":"${BAD}"`,
    `{"lambdatestOptions":{"accessKey":"${BAD}","accessKey":"${BAD}"}}`,
    `{"lambdatestOptions":{"accessKey":"${BAD}"}} x`,
    `"${BAD}"`,
    { timeout: BAD, adapter: BAD, dimensions: BAD, sessionId: BAD, proxyUrl: `http://u:${BAD}@proxy` },
    { lambdatestOptions: BAD },
    { metadata: { a: [BAD] } },
  ]) {
    const answer = await project.create(bad);
    if (typeof bad === "string" && !bad.startsWith('"')) expectProblem(answer, 400, "invalid_json");
    else expectProblem(answer, 422, "invalid_request");
  }
  provider.always("close", telling(500), browser);
  await project.release(session.id);
  await project.releaseAll();
  provider.usual();
  await project.ended(session.id);
  await service.close();
});

/**
 * @param {string} text
 * @param {string[]} secrets
 * @param {string | undefined} where
 */
function assertWithout(text, secrets, where) {
  for (const secret of secrets) {
    const at = text.indexOf(secret);
    assert.equal(at, -1, `${where}: …${text.slice(Math.max(0, at - 120), at + 60)}…`);
  }
}

const keys = () => [service.secret, project.key, stranger.key];

describe("a secret value", () => {
  test("is in no answer: secret, keys, access keys, and the provider's browsers", () => {
    const browsers = [...provider.browsers.keys()];
    assert.ok(browsers.length > 5 && received.length > 40, "there was something to look through");
    const host = new URL(provider.url).host;
    for (const { method, path, headers, text } of received) {
      const all = `${JSON.stringify(headers instanceof Headers ? [...headers] : headers)} ${text}`;
      assertWithout(all, [...keys(), ...ACCESS_KEYS, BAD, ...browsers, host], `${method} ${path}`);
    }
  });

  test("is in no line of the log: secret, keys, access keys, and tokens", () => {
    assert.match(service.log, /calling the provider/, "the log was read");
    assertWithout(service.log, [...keys(), ...ACCESS_KEYS, BAD, ...tokens], "log");
  });

  test("is in no call to the provider", () => {
    for (const { url, headers } of provider.calls) {
      assertWithout(`${url} ${JSON.stringify(headers)}`, [...keys(), ...ACCESS_KEYS, ...tokens], url);
    }
  });

  test("is not on disk: secret, keys, and access keys", () => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
    const stored = files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, "latin1"));
    assert.ok(
      stored.some((text) => text.includes("LT:Options")),
      "the rest of what was asked for is there",
    );
    for (const text of stored) assertWithout(text, [...keys(), ...ACCESS_KEYS, BAD], "storage");
  });
});
