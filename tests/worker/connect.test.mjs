// The socket to a session's browser: handed on as it is, for as long as the session lives.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { answers, breaksOff, gate } from "../browser_run/faults.mjs";
import { expectProblem, UUID } from "../support/http.mjs";
import { openService, refusedUpgrade } from "../support/service.mjs";
import { SocketClient } from "../support/socket_client.mjs";
import { until, within } from "../support/waits.mjs";
import {
  checkBrowserClose,
  checkClientClose,
  checkEcho,
  checkEndWhileOpening,
  checkLargeEcho,
  pageUrl,
  socketOf,
} from "./browser_sockets.mjs";
import { liveSessions } from "./live_sessions.mjs";

const service = await openService();
const { provider } = service;
const withLiveSession = liveSessions(service);

/**
 * Runs with a session that is not watched, and releases it.
 *
 * @param {string} name
 * @param {Parameters<typeof withLiveSession>[2]} body
 */
const withSession = (name, body) => withLiveSession(name, undefined, body);

describe("a connected socket", () => {
  withSession("carries texts and bytes in both directions, unchanged and in order", async ({ session }) => {
    const client = await SocketClient.open(session.websocketUrl);
    await checkEcho(client);
    await client.close();
  });

  for (const megabytes of [8, 40]) {
    withSession(`carries ${megabytes} MB in one message in both directions`, async ({ session }) => {
      const client = await SocketClient.open(session.websocketUrl);
      await checkLargeEcho(client, megabytes);
      await client.close();
    });
  }

  withSession("forwards the client's close to the browser", async ({ session, browser }) => {
    await checkClientClose(session, browser);
  });

  withSession("forwards the browser's close to the client", async ({ session, browser }) => {
    await checkBrowserClose(session, browser);
  });

  withSession("aborts if the browser's socket aborts", async ({ session, browser }) => {
    const client = await SocketClient.open(session.websocketUrl);
    (await socketOf(browser)).terminate();
    const { code } = await within("the end", client.closed);
    assert.equal(code, 1006);
  });

  withSession("has its own messages beside other sockets", async ({ session, browser }) => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => SocketClient.open(session.websocketUrl)));
    for (const [at, client] of clients.entries()) client.socket.send(`${at}`);
    for (const [at, client] of clients.entries()) assert.equal(await client.next(), `${at}`);
    await clients[0].close();
    clients[1].socket.send("still there");
    assert.equal(await clients[1].next(), "still there");
    await until("four are left", () => browser.sockets.size === 4);
    for (const client of clients.slice(1)) await client.close();
  });

  withSession("also opens with a key", async ({ project, session }) => {
    const [url] = session.websocketUrl.split("?");
    for (const headers of [
      { authorization: `Bearer ${project.key}` },
      { "x-api-key": project.key },
      { "steel-api-key": project.key },
    ]) {
      const client = await SocketClient.open(url, headers);
      await client.close();
    }
    expectProblem(await refusedUpgrade(url), 401, "missing_key");
    expectProblem(await refusedUpgrade(url, { "x-api-key": service.newProject().key }), 404, "session_not_found");
  });

  withSession("has nothing of the provider in its answer", async ({ session, browser }) => {
    const client = await SocketClient.open(session.websocketUrl);
    assert.equal(client.upgrade.statusCode, 101);
    assert.ok(!JSON.stringify(client.upgrade.rawHeaders).includes(browser.id));
    assert.ok(!client.upgrade.headers["cf-browser-session-id"]);
    assert.match(String(client.upgrade.headers["x-request-id"]), UUID);
    await client.close();
  });

  withSession("stays open after its session was extended", async ({ project, session }) => {
    const client = await SocketClient.open(session.websocketUrl);
    await project.change(session.id, { timeout: 600_000 });
    client.socket.send("still there");
    assert.equal(await client.next(), "still there");
    await client.close();
  });
});

describe("the end of a session", () => {
  withSession("cuts its sockets", async ({ project, session, browser }) => {
    const [target] = browser.targets;
    const clients = [
      await SocketClient.open(session.websocketUrl),
      await SocketClient.open(pageUrl(session, target.id)),
    ];
    await project.release(session.id);
    for (const { closed } of clients) await within("the cut", closed);
    expectProblem(await refusedUpgrade(session.websocketUrl), 410, "session_gone");
    expectProblem(await refusedUpgrade(pageUrl(session, target.id)), 410, "session_gone");
  });

  test("by its deadline cuts them as well", async () => {
    const project = service.newProject();
    const session = await project.live({ timeout: 1500 });
    const client = await SocketClient.open(session.websocketUrl);
    await within("the cut", client.closed);
    expectProblem(await refusedUpgrade(session.websocketUrl), 410, "session_gone");
  });

  withSession("also closes a socket that is being opened", (live) => checkEndWhileOpening(live, provider));

  withSession("admits no client, even if the provider would", async ({ project, session, browser }) => {
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
  withSession("drives that tab", async ({ session, browser }) => {
    const client = await SocketClient.open(pageUrl(session, browser.targets[0].id));
    assert.equal((await socketOf(browser)).path, "page");
    client.socket.send("text");
    assert.equal(await client.next(), "text");
    await client.close();
  });

  withSession("of an unknown tab is a 404", async ({ session, browser }) => {
    for (const target of ["ABC", randomUUID(), browser.targets[0].id.toLowerCase()]) {
      expectProblem(await refusedUpgrade(pageUrl(session, target)), 404, "target_not_found");
    }
  });

  withSession("that the provider refuses is a provider error", async ({ session, browser }) => {
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

  for (const [name, reaction, status, code] of /** @type {const} */ ([
    ["500", answers(500), 502, "provider_error"],
    ["404", answers(404), 502, "provider_error"],
    ["200", answers(200), 502, "provider_error"],
    ["429", answers(429), 429, "provider_rate_limited"],
    ["503", answers(503), 503, "provider_unavailable"],
    ["a cut", breaksOff, 502, "provider_error"],
  ])) {
    withSession(
      `that the provider answers with ${name} is a ${status}, and the session stays live`,
      async ({ session }) => {
        provider.always("connect", reaction);
        expectProblem(await refusedUpgrade(session.websocketUrl), status, code);
        provider.usual();
        const client = await SocketClient.open(session.websocketUrl);
        await client.close();
      },
    );
  }

  test("to a starting session answers like one to an unknown session", async () => {
    const project = service.newProject();
    const sessionId = randomUUID();
    const held = gate();
    provider.next("acquire", held.reaction);
    const created = project.create({ sessionId });
    await held.arrived;
    const url = `${service.url.replace("http", "ws")}/v1/sessions/${sessionId}/connect`;
    expectProblem(await refusedUpgrade(url, { "x-api-key": project.key }), 404, "session_not_found");
    held.open();
    const client = await SocketClient.open((await created).body.websocketUrl);
    await client.close();
    await project.releaseAll();
  });
});
