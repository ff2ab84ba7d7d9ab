// Watched sessions: messages pass the relay unchanged, and connects are refused where they must be.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe } from "node:test";

import { answers } from "../browser_run/faults.mjs";
import { expectProblem, expectStatus, UUID } from "../support/http.mjs";
import { openService, refusedUpgrade } from "../support/service.mjs";
import { SocketClient } from "../support/socket_client.mjs";
import { until, within } from "../support/waits.mjs";
import { checkEcho, checkEndWhileOpening, checkLargeEcho, MB, pageUrl, socketOf } from "./browser_sockets.mjs";
import { liveSessions } from "./live_sessions.mjs";
import { isConnected, PATIENT, untilConnected } from "./watched.mjs";

/**
 * @import { Duplex } from "node:stream"
 * @import { WebSocket } from "ws"
 *
 * @typedef {{client: SocketClient, socket: WebSocket, message: string | Buffer}} Sender
 */

const service = await openService();
const { provider } = service;
const withSession = liveSessions(service);

describe("messages", () => {
  withSession("pass both ways, unchanged and in order", PATIENT, async ({ session, browser }) => {
    for (const url of [session.websocketUrl, pageUrl(session, browser.targets[0].id)]) {
      const client = await SocketClient.open(url);
      await checkEcho(client);
      await client.close();
    }
  });

  withSession("keep their order when 10,000 are under way", PATIENT, async ({ session }) => {
    const client = await SocketClient.open(session.websocketUrl);
    /** @param {number} n */
    const message = (n) => (n % 2 ? `${n}` : Buffer.from(`${n}`));
    for (let n = 0; n < 10_000; n += 1) client.socket.send(message(n));
    for (let n = 0; n < 10_000; n += 1) {
      const back = await client.next();
      assert.equal(typeof back, typeof message(n));
      assert.equal(back.toString(), `${n}`);
    }
    await client.close();
  });

  for (const megabytes of [8, 30]) {
    withSession(`of ${megabytes} MB pass, there and back`, PATIENT, async ({ session }) => {
      const client = await SocketClient.open(session.websocketUrl);
      await checkLargeEcho(client, megabytes);
      await client.close();
    });
  }

  for (const [whose, send] of /** @type {const} */ ([
    ["a client's", (/** @type {Sender} */ { client, message }) => client.socket.send(message)],
    ["a browser's", (/** @type {Sender} */ { socket, message }) => socket.send(message)],
  ])) {
    withSession(
      `of more than 32 MiB, ${whose}, close both sides with 1009 at once, and the session lives on`,
      PATIENT,
      async ({ project, session, browser }) => {
        const other = await SocketClient.open(session.websocketUrl);
        for (const message of [Buffer.alloc(33 * MB), "x".repeat(33 * MB)]) {
          const before = new Set(browser.sockets);
          const client = await SocketClient.open(session.websocketUrl);
          const socket = await until("the socket is at the browser", () =>
            [...browser.sockets].find((found) => !before.has(found)),
          );
          send({ client, socket, message });
          const { code, reason } = await within("the close", client.closed, 5000);
          assert.equal(code, 1009);
          assert.match(reason, /too large|32 MiB/);
          await until("it is closed at the browser", () => browser.sockets.size === 1, 5000);
          // Who is still sending may find its connection reset before it reads why.
          assert.ok(browser.lastClose?.code === 1009 || (whose === "a browser's" && browser.lastClose?.code === 1006));
          other.socket.send("still there");
          assert.equal(await other.next(), "still there");
        }
        await other.close();
        await untilConnected(project, session, false);
        assert.equal((await project.session(session.id)).status, "live");
      },
    );
  }

  withSession(
    "that are none close both sides, and the session lives on",
    PATIENT,
    async ({ project, session, browser }) => {
      const client = await SocketClient.open(session.websocketUrl);
      await socketOf(browser);
      const noSuchKind = [0x83, 0x80, 0, 0, 0, 0];
      const { _socket: below } = /** @type {WebSocket & {_socket: Duplex}} */ (client.socket);
      below.write(Buffer.from(noSuchKind));
      assert.equal((await within("the close", client.closed, 5000)).code, 1002);
      await until("it is closed at the browser", () => browser.sockets.size === 0, 5000);
      assert.equal(browser.lastClose?.code, 1001);
      await untilConnected(project, session, false);
      assert.equal((await project.session(session.id)).status, "live");
    },
  );
});

describe("a connect", () => {
  withSession("to a session that has ended is a 410", PATIENT, async ({ project, session, browser }) => {
    await project.release(session.id);
    for (const url of [session.websocketUrl, pageUrl(session, browser.targets[0].id)]) {
      expectProblem(await refusedUpgrade(url), 410, "session_gone");
    }
  });

  withSession("is refused if the session ends while the socket is opened", PATIENT, (live) =>
    checkEndWhileOpening(live, provider),
  );

  withSession("to a tab that is not there is a 404", PATIENT, async ({ project, session, browser }) => {
    for (const target of ["ABC", randomUUID(), browser.targets[0].id.toLowerCase()]) {
      expectProblem(await refusedUpgrade(pageUrl(session, target)), 404, "target_not_found");
    }
    assert.equal(await isConnected(project, session), false);
  });

  withSession("that the provider refuses is a provider error", PATIENT, async ({ project, session, browser }) => {
    const tab = pageUrl(session, browser.targets[0].id);
    for (const [url, call, reaction, status, code] of /** @type {const} */ ([
      [session.websocketUrl, "connect", answers(500), 502, "provider_error"],
      [session.websocketUrl, "connect", answers(429), 429, "provider_rate_limited"],
      [session.websocketUrl, "connect", answers(503), 503, "provider_unavailable"],
      [tab, "page", answers(500), 502, "provider_error"],
    ])) {
      provider.next(call, reaction);
      expectProblem(await refusedUpgrade(url), status, code);
    }
    assert.equal(await isConnected(project, session), false);
  });

  withSession("without a token, a key or the right is refused", PATIENT, async ({ project, session, browser }) => {
    const [bare] = session.websocketUrl.split("?");
    const views = [session.sessionViewerUrl, session.sessionWatchUrl].map((url) =>
      new URL(url).searchParams.get("token"),
    );
    const before = provider.made("connect", browser).length;
    expectProblem(await refusedUpgrade(bare), 401, "missing_key");
    expectStatus(await refusedUpgrade(session.websocketUrl.slice(0, -2)), 401);
    for (const view of views) expectStatus(await refusedUpgrade(`${bare}?token=${view}`), 403);
    expectProblem(await refusedUpgrade(bare, { "x-api-key": service.newProject().key }), 404, "session_not_found");
    assert.equal(provider.made("connect", browser).length, before);
    const client = await SocketClient.open(bare, { "x-api-key": project.key });
    await client.close();
  });

  withSession("has nothing of the provider in its answer", PATIENT, async ({ session, browser }) => {
    const client = await SocketClient.open(session.websocketUrl);
    assert.ok(!JSON.stringify(client.upgrade.rawHeaders).includes(browser.id));
    assert.match(String(client.upgrade.headers["x-request-id"]), UUID);
    await client.close();
  });
});
