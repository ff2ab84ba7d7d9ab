// Watched sessions end when no client sends. Clients get each end as a close code.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { answers } from "../browser_run/faults.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService } from "../support/service.mjs";
import { SocketClient } from "../support/socket_client.mjs";
import { until, within } from "../support/waits.mjs";
import { checkBrowserClose, checkClientClose, pageUrl, socketOf } from "./browser_sockets.mjs";
import { liveSessions } from "./live_sessions.mjs";
import { checkEnd, passed, PATIENT, untilConnected } from "./watched.mjs";

/**
 * @import { SessionData } from "../../src/client/types.ts"
 * @import { Project } from "../support/project.mjs"
 * @import { Service } from "../support/service.mjs"
 */

const service = await openService();
const { provider } = service;
const withSession = liveSessions(service);

describe("silence", () => {
  const options = { inactivityTimeout: 1500 };
  /**
   * @param {Project<Service>} project
   * @param {SessionData} session
   * @param {number} since
   */
  const checkSilent = (project, session, since) =>
    checkEnd(project, session, { reason: "inactivity_timeout", since, from: 1500, to: 2500 });

  withSession(
    "of a connected client ends its session, but not while it sends",
    options,
    async ({ project, session }) => {
      const client = await SocketClient.open(session.websocketUrl);
      let sentAt = 0;
      const stop = Date.now() + 4000;
      await until("it has sent for long enough", async () => {
        sentAt = Date.now();
        client.socket.send("still there");
        await client.next();
        return sentAt > stop;
      });
      assert.equal((await project.session(session.id)).status, "live");
      sentAt = Date.now();
      client.socket.send("the last");
      await client.next();
      const { code } = await within("the cut", client.closed);
      assert.equal(code, 4001);
      await checkSilent(project, session, sentAt);
    },
  );

  withSession("is broken by any of the clients, and by a tab's", options, async ({ project, session, browser }) => {
    const silent = await SocketClient.open(session.websocketUrl);
    const tab = await SocketClient.open(pageUrl(session, browser.targets[0].id));
    const stop = Date.now() + 2500;
    let sentAt = 0;
    await until("it has sent for long enough", async () => {
      sentAt = Date.now();
      tab.socket.send("still there");
      await tab.next();
      return sentAt > stop;
    });
    assert.equal((await project.session(session.id)).status, "live");
    await checkSilent(project, session, sentAt);
    await within("the cut", silent.closed);
  });

  withSession("is not broken by what the browser says", options, async ({ project, session, browser }) => {
    const client = await SocketClient.open(session.websocketUrl);
    const since = Date.now();
    const socket = await socketOf(browser);
    const timer = setInterval(() => socket.send("an event"), 100);
    try {
      await within("the cut", client.closed);
    } finally {
      clearInterval(timer);
    }
    await checkSilent(project, session, since - 100);
  });

  withSession("counts if no client ever connects", options, async ({ project, session }) => {
    await checkSilent(project, session, Date.parse(session.createdAt));
  });

  withSession("counts from the moment when the last client left", options, async ({ project, session }) => {
    const client = await SocketClient.open(session.websocketUrl);
    await passed(Date.now() + 800);
    const since = Date.now();
    client.socket.terminate();
    await checkSilent(project, session, since);
  });

  withSession("starts again after a change", { inactivityTimeout: 60_000 }, async ({ project, session }) => {
    const client = await SocketClient.open(session.websocketUrl);
    const since = Date.now();
    expectStatus(await project.change(session.id, { inactivityTimeout: 1500 }), 200);
    assert.equal((await within("the cut", client.closed)).code, 4001);
    await checkSilent(project, session, since - 100);
  });

  withSession("can't be requested by a change", {}, async ({ project, session }) => {
    expectProblem(await project.change(session.id, { inactivityTimeout: 1500 }), 409, "not_watched");
  });
});

describe("a client learns the reason of an end", () => {
  withSession("a release: 4002", PATIENT, async ({ project, session, browser }) => {
    const clients = [
      await SocketClient.open(session.websocketUrl),
      await SocketClient.open(pageUrl(session, browser.targets[0].id)),
    ];
    await project.release(session.id);
    for (const client of clients)
      assert.deepEqual(await within("the cut", client.closed), { code: 4002, reason: "released" });
  });

  withSession(
    "a release that the provider does not carry out: 4002 all the same",
    PATIENT,
    async ({ project, session, browser }) => {
      const client = await SocketClient.open(session.websocketUrl);
      provider.always("close", answers(500));
      await project.release(session.id);
      assert.equal(browser.alive, true);
      assert.equal((await within("the cut", client.closed)).code, 4002);
      await until("the browser has no socket", () => browser.sockets.size === 0);
      provider.usual();
      await project.ended(session.id);
    },
  );

  withSession("its timeout: 4001", { ...PATIENT, timeout: 1500 }, async ({ project, session }) => {
    const client = await SocketClient.open(session.websocketUrl);
    assert.deepEqual(await within("the cut", client.closed), { code: 4001, reason: "timeout" });
    await project.ended(session.id);
  });

  withSession("a browser that crashes: 4003 within a second", PATIENT, async ({ project, session, browser }) => {
    const client = await SocketClient.open(session.websocketUrl);
    const since = Date.now();
    provider.kill(browser);
    assert.deepEqual(await within("the cut", client.closed), { code: 4003, reason: "browser crashed" });
    assert.ok(Date.now() - since < 1000, `${Date.now() - since} ms`);
    await checkEnd(project, session, { reason: "browser_crashed", since, from: 0, to: 1000 });
  });

  withSession(
    "a close that a client asked for: 1000, and the session is released",
    PATIENT,
    async ({ project, session, browser }) => {
      const [asks, other] = [
        await SocketClient.open(session.websocketUrl),
        await SocketClient.open(session.websocketUrl),
      ];
      const since = Date.now();
      await asks.command("Browser.close");
      for (const client of [asks, other]) {
        assert.deepEqual(await within("the cut", client.closed), { code: 1000, reason: "browser closed" });
      }
      await checkEnd(project, session, { reason: "browser_closed", since, from: 0, to: 1000 });
      assert.equal(provider.made("close", browser).length, 0, "there is nothing left to close");
    },
  );

  withSession(
    "a socket that breaks off, with its browser alive: 1011, and the session lives on",
    PATIENT,
    async ({ project, session, browser }) => {
      const client = await SocketClient.open(session.websocketUrl);
      (await socketOf(browser)).terminate();
      assert.deepEqual(await within("the cut", client.closed), { code: 1011, reason: "the browser's socket closed" });
      await untilConnected(project, session, false);
      const again = await SocketClient.open(session.websocketUrl);
      assert.equal((await again.command("Browser.getVersion")).product, "Chrome/1.2.3.4");
      await again.close();
    },
  );

  withSession("what the browser itself says where it lives on", PATIENT, async ({ session, browser }) => {
    await checkBrowserClose(session, browser);
  });

  withSession("and the browser gets the client's messages", PATIENT, async ({ session, browser }) => {
    await checkClientClose(session, browser);
    for (const leave of [
      (/** @type {SocketClient} */ client) => client.socket.close(),
      (/** @type {SocketClient} */ client) => client.socket.terminate(),
    ]) {
      const client = await SocketClient.open(session.websocketUrl);
      await socketOf(browser);
      leave(client);
      await until("it is closed at the browser", () => browser.sockets.size === 0);
      assert.equal(browser.lastClose?.code, 1001, "three codes can't be sent");
    }
  });
});
