// The socket to a session's browser: handed on as it is, for as long as the session lives.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { afterEach, describe, test } from "node:test";

import { answers, breaksOff, gate } from "../browser_run/faults.mjs";
import { Client, expectProblem, newId, openService, refusedUpgrade, until, UUID, within } from "./service.mjs";

const MB = 1024 * 1024;
const service = await openService();
const { provider } = service;

afterEach(() => {
  provider.usual();
  assert.deepEqual(provider.running(), []);
});

/** Runs with a session that is live, and releases it. */
function withSession(name, body) {
  test(name, async () => {
    const project = service.newProject();
    const session = await project.live();
    const browser = provider.newest();
    try {
      await body({ project, session, browser });
    } finally {
      await project.releaseAll();
    }
  });
}

const pageUrl = (session, target) => session.websocketUrl.replace("/connect?", `/page/${target}?`);
const socketOf = (browser) => until("the socket is at the browser", () => [...browser.sockets][0]);

describe("a connected socket", () => {
  withSession("carries texts and bytes both ways, unchanged and in order", async ({ session }) => {
    const client = await Client.open(session.websocketUrl);
    const messages = [
      "text",
      "",
      "\u{1f30a}\u0000\u2028",
      Buffer.from([0, 255, 128]),
      Buffer.alloc(0),
      '{"not":"a command"}',
      "x".repeat(70_000),
    ];
    for (const message of messages) client.socket.send(message);
    for (const message of messages) assert.deepEqual(await client.next(), message);
    for (let n = 0; n < 1000; n += 1) client.socket.send(`${n}`);
    for (let n = 0; n < 1000; n += 1) assert.equal(await client.next(), `${n}`);
    assert.equal((await client.command("Browser.getVersion")).product, "Chrome/1.2.3.4");
    await client.close();
  });

  for (const megabytes of [8, 40]) {
    withSession(`carries ${megabytes} MB in one message, there and back`, async ({ session }) => {
      const client = await Client.open(session.websocketUrl);
      const bytes = randomBytes(megabytes * MB);
      for (const message of [bytes, bytes.toString("base64").slice(0, bytes.length)]) {
        client.socket.send(message);
        const back = await client.next();
        // Not deepEqual: it would print the difference.
        assert.equal(typeof back, typeof message);
        assert.ok(Buffer.from(back).equals(Buffer.from(message)), "it is the same");
      }
      await client.close();
    });
  }

  withSession("passes the client's close on to the browser", async ({ session, browser }) => {
    for (const [code, reason] of [
      [1000, ""],
      [4321, "enough \u{1f30a}"],
    ]) {
      const client = await Client.open(session.websocketUrl);
      await socketOf(browser);
      await client.close(code, reason);
      await until("it is closed at the browser", () => browser.sockets.size === 0);
      assert.deepEqual(browser.lastClose, { code, reason });
    }
  });

  withSession("passes the browser's close on to the client", async ({ session, browser }) => {
    for (const [code, reason] of [
      [1000, "done"],
      [1011, ""],
      [4001, "own"],
    ]) {
      const client = await Client.open(session.websocketUrl);
      (await socketOf(browser)).close(code, reason);
      assert.deepEqual(await within("the close", client.closed), { code, reason });
      await until("it is closed at the browser", () => browser.sockets.size === 0);
    }
  });

  withSession("breaks off where the browser's breaks off", async ({ session, browser }) => {
    const client = await Client.open(session.websocketUrl);
    (await socketOf(browser)).terminate();
    const { code } = await within("the end", client.closed);
    assert.equal(code, 1006);
  });

  withSession("is one of many, each with its own messages", async ({ session, browser }) => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => Client.open(session.websocketUrl)));
    clients.forEach((client, at) => client.socket.send(`${at}`));
    for (const [at, client] of clients.entries()) assert.equal(await client.next(), `${at}`);
    await clients[0].close();
    clients[1].socket.send("still there");
    assert.equal(await clients[1].next(), "still there");
    await until("four are left", () => browser.sockets.size === 4);
    for (const client of clients.slice(1)) await client.close();
  });

  withSession("is opened by a key as well", async ({ project, session }) => {
    const [url] = session.websocketUrl.split("?");
    for (const headers of [
      { authorization: `Bearer ${project.key}` },
      { "x-api-key": project.key },
      { "steel-api-key": project.key },
    ]) {
      const client = await Client.open(url, headers);
      await client.close();
    }
    expectProblem(await refusedUpgrade(url), 401, "missing_key");
    expectProblem(await refusedUpgrade(url, { "x-api-key": service.newProject().key }), 404, "session_not_found");
  });

  withSession("tells nothing of the provider's in its answer", async ({ session, browser }) => {
    const client = await Client.open(session.websocketUrl);
    assert.equal(client.upgrade.statusCode, 101);
    assert.ok(!JSON.stringify(client.upgrade.rawHeaders).includes(browser.id));
    assert.ok(!client.upgrade.headers["cf-browser-session-id"]);
    assert.match(client.upgrade.headers["x-request-id"], UUID);
    await client.close();
  });

  withSession("is still good after its session was extended", async ({ project, session }) => {
    const client = await Client.open(session.websocketUrl);
    await project.change(session.id, { timeout: 600_000 });
    client.socket.send("still there");
    assert.equal(await client.next(), "still there");
    await client.close();
  });
});

describe("the end of a session", () => {
  withSession("cuts its sockets", async ({ project, session, browser }) => {
    const [target] = browser.targets;
    const clients = [await Client.open(session.websocketUrl), await Client.open(pageUrl(session, target.id))];
    await project.release(session.id);
    for (const { closed } of clients) await within("the cut", closed);
    expectProblem(await refusedUpgrade(session.websocketUrl), 410, "session_gone");
    expectProblem(await refusedUpgrade(pageUrl(session, target.id)), 410, "session_gone");
  });

  test("by its deadline cuts them as well", async () => {
    const project = service.newProject();
    const session = await project.live({ timeout: 1500 });
    const client = await Client.open(session.websocketUrl);
    await within("the cut", client.closed);
    expectProblem(await refusedUpgrade(session.websocketUrl), 410, "session_gone");
  });

  withSession("spares no socket that is being opened", async ({ project, session, browser }) => {
    const held = gate();
    provider.next("connect", held.reaction);
    provider.always("close", answers(500));
    const refused = refusedUpgrade(session.websocketUrl);
    await held.arrived;
    await project.release(session.id);
    held.open();
    expectProblem(await refused, 410, "session_gone");
    // Its browser still runs, since the provider does not close it: the socket is closed all the same.
    assert.equal(browser.alive, true);
    await until("nobody is connected", () => browser.lastClose && browser.sockets.size === 0);
    provider.usual();
    await project.ended(session.id);
  });

  withSession("lets nobody in whom the provider would", async ({ project, session, browser }) => {
    provider.always("close", answers(500));
    await project.release(session.id);
    assert.equal(browser.alive, true);
    const connected = provider.made("connect", browser).length;
    expectProblem(await refusedUpgrade(session.websocketUrl), 410, "session_gone");
    assert.equal(provider.made("connect", browser).length, connected, "it was not even asked");
    provider.usual();
    await project.ended(session.id);
  });
});

describe("a tab's socket", () => {
  withSession("leads to that tab", async ({ session, browser }) => {
    const client = await Client.open(pageUrl(session, browser.targets[0].id));
    assert.equal((await socketOf(browser)).path, "page");
    client.socket.send("text");
    assert.equal(await client.next(), "text");
    await client.close();
  });

  withSession("of a tab that is not there is a 404", async ({ session, browser }) => {
    for (const target of ["ABC", newId(), browser.targets[0].id.toLowerCase()]) {
      expectProblem(await refusedUpgrade(pageUrl(session, target)), 404, "target_not_found");
    }
  });

  withSession("that the provider refuses is the provider's failure", async ({ session, browser }) => {
    const url = pageUrl(session, browser.targets[0].id);
    provider.next("page", answers(500));
    expectProblem(await refusedUpgrade(url), 502, "provider_error");
    provider.next("page", answers(404));
    provider.next("json", answers(500));
    expectProblem(await refusedUpgrade(url), 502, "provider_error");
  });
});

describe("a connect", () => {
  withSession("without an upgrade is a 426", async ({ project, session, browser }) => {
    for (const url of [session.websocketUrl, pageUrl(session, browser.targets[0].id)]) {
      const path = url.slice(service.url.replace("http", "ws").length);
      expectProblem(await service.send("GET", path), 426, "upgrade_required");
    }
    expectProblem(await project.call("GET", `/v1/sessions/${session.id}/connect`), 426, "upgrade_required");
  });

  for (const [name, reaction, status, code] of [
    ["500", answers(500), 502, "provider_error"],
    ["404", answers(404), 502, "provider_error"],
    ["200", answers(200), 502, "provider_error"],
    ["429", answers(429), 429, "provider_rate_limited"],
    ["503", answers(503), 503, "provider_unavailable"],
    ["a cut", breaksOff, 502, "provider_error"],
  ]) {
    withSession(
      `that the provider answers with ${name} is a ${status}, and the session lives on`,
      async ({ session }) => {
        provider.always("connect", reaction);
        expectProblem(await refusedUpgrade(session.websocketUrl), status, code);
        provider.usual();
        const client = await Client.open(session.websocketUrl);
        await client.close();
      },
    );
  }

  test("to a session that is starting is one to a session that is not there yet", async () => {
    const project = service.newProject();
    const sessionId = newId();
    const held = gate();
    provider.next("acquire", held.reaction);
    const created = project.create({ sessionId });
    await held.arrived;
    const url = `${service.url.replace("http", "ws")}/v1/sessions/${sessionId}/connect`;
    expectProblem(await refusedUpgrade(url, { "x-api-key": project.key }), 404, "session_not_found");
    held.open();
    const client = await Client.open((await created).body.websocketUrl);
    await client.close();
    await project.releaseAll();
  });
});
