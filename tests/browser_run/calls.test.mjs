// The paths of Browser Run, and what they answer as long as nothing fails.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openBrowserRun } from "./caller.mjs";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const caller = await openBrowserRun();
const { provider } = caller;

describe("a browser", () => {
  test("is started by a POST, and the answer has only its id", async () => {
    const before = Date.now();
    const { status, body } = await caller.acquire(600_000);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), ["sessionId"]);
    assert.match(body.sessionId, UUID);
    const { sessionId, startTime, ...more } = await caller.get(`/v1/devtools/session/${body.sessionId}`);
    assert.equal(sessionId, body.sessionId);
    assert.ok(startTime >= before && startTime <= Date.now());
    assert.deepEqual(more, {});
  });

  test("is in the list while it runs, with its connection if it has one", async () => {
    const browser = await caller.browser();
    const entry = async () => {
      const list = await caller.get("/v1/devtools/session");
      return list.find((/** @type {{sessionId: string}} */ { sessionId }) => sessionId === browser.id);
    };
    assert.deepEqual(await entry(), { sessionId: browser.id, startTime: browser.startTime });
    const client = await caller.connect(browser);
    const { connectionId, connectionStartTime } = await entry();
    assert.match(connectionId, UUID);
    assert.ok(connectionStartTime >= browser.startTime);
    assert.deepEqual((await caller.look(browser)).body, await entry());
    await client.close();
    await caller.release(browser);
    assert.equal(await entry(), undefined);
  });

  test("that does not exist is a 404 in every call", async () => {
    const gone = await caller.browser();
    await caller.release(gone);
    for (const { id } of [gone, { id: "nobody" }]) {
      for (const [method, path] of [
        ["GET", `session/${id}`],
        ["DELETE", `browser/${id}`],
        ["GET", `browser/${id}/json/version`],
        ["PUT", `browser/${id}/json/new`],
        ["GET", `browser/${id}`],
      ]) {
        assert.equal((await caller.ask(method, `/v1/devtools/${path}`)).status, 404, `${method} ${path}`);
      }
      assert.equal(await caller.refused({ id }), 404);
      assert.equal(await caller.refused({ id }, gone.targets[0].id), 404);
    }
  });

  test("is named in a header of the provider, on answers and on sockets", async () => {
    const browser = await caller.browser();
    const { headers } = await caller.look(browser);
    assert.equal(headers.get("cf-browser-session-id"), browser.id);
    const client = await caller.connect(browser);
    assert.equal(client.upgrade.headers["cf-browser-session-id"], browser.id);
    await client.close();
  });
});

test("an unknown path is a 404, and is recorded", async () => {
  for (const [method, path] of [
    ["GET", "/v1/devtools/browser"],
    ["POST", "/v1/devtools/session"],
    ["POST", "/v1/limits"],
    ["GET", "/v1/limits/more"],
    ["GET", "/v2/history"],
    ["GET", "/"],
  ]) {
    assert.equal((await caller.ask(method, path)).status, 404, `${method} ${path}`);
    assert.equal(provider.calls.at(-1)?.call, "other", `${method} ${path}`);
  }
});

describe("DevTools' own endpoints", () => {
  test("show a browser's version, its tabs and the protocol", async () => {
    const browser = await caller.browser();
    const path = `/v1/devtools/browser/${browser.id}/json`;
    const version = await caller.get(`${path}/version`);
    assert.equal(version.Browser, "Chrome/1.2.3.4");
    assert.ok(version.webSocketDebuggerUrl.endsWith(browser.id));
    const [{ id, type, url }, ...more] = await caller.get(`${path}/list`);
    assert.deepEqual([id, type, url, more], [browser.targets[0].id, "page", "about:blank", []]);
    assert.equal((await caller.get(`${path}/protocol`)).version.major, "1");
    assert.equal((await caller.ask("GET", `${path}/nonsense`)).status, 404);
  });

  test("open, activate and close a tab", async () => {
    const browser = await caller.browser();
    const path = `/v1/devtools/browser/${browser.id}/json`;
    const { id, url } = await caller.get(`${path}/new?url=http%3A%2F%2Flocalhost%2F`, "PUT");
    assert.equal(url, "http://localhost/");
    assert.equal(browser.targets.length, 2);
    assert.equal(await caller.get(`${path}/activate/${id}`), "Target activated");
    assert.equal(await caller.get(`${path}/close/${id}`), "Target is closing");
    assert.equal(browser.targets.length, 1);
    for (const what of ["activate", "close"]) {
      assert.equal((await caller.ask("GET", `${path}/${what}/${id}`)).status, 404);
    }
    assert.equal((await caller.ask("GET", `${path}/new`)).status, 404, "a tab is opened by PUT alone");
  });
});

describe("a socket", () => {
  test("answers commands with their id and session", async () => {
    const browser = await caller.browser();
    const client = await caller.connect(browser);
    client.socket.send('{"id":7,"method":"Browser.getVersion","sessionId":"S"}');
    const { id, sessionId, result } = JSON.parse(await client.next());
    assert.deepEqual([id, sessionId, result.product], [7, "S", "Chrome/1.2.3.4"]);
    await client.command("Browser.setWindowBounds", { windowId: 1, bounds: { width: 640, height: 480 } });
    assert.deepEqual(browser.window, { width: 640, height: 480 });
    const { targetId } = await client.command("Target.createTarget", { url: "about:blank" });
    const { targetInfos } = await client.command("Target.getTargets");
    assert.deepEqual(
      targetInfos.map((/** @type {{targetId: string}} */ target) => target.targetId),
      [browser.targets[0].id, targetId],
    );
    await assert.rejects(client.command("Browser.dance"), /'Browser.dance' wasn't found/);
    await client.close();
  });

  test("echoes a message that is not a command", async () => {
    const client = await caller.connect(await caller.browser());
    for (const message of ["text", '{"not":"a command"}', Buffer.from([1, 2, 3]), "x".repeat(200_000)]) {
      client.socket.send(message);
      assert.deepEqual(await client.next(), message);
    }
    await client.close();
  });

  test("is refused for a tab that does not exist", async () => {
    const browser = await caller.browser();
    const client = await caller.connect(browser, browser.targets[0].id);
    assert.equal((await client.command("Browser.getVersion")).product, "Chrome/1.2.3.4");
    assert.deepEqual(
      [...browser.sockets].map(({ path }) => path),
      ["page"],
    );
    await client.close();
    assert.equal(await caller.refused(browser, "NOBODY"), 404);
  });
});
