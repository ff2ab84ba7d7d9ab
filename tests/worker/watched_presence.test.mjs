// Watched sessions: whether a client is connected, and when a session ends without one.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { WebSocket } from "ws";

import { gate } from "../browser_run/faults.mjs";
import { BrowserRun } from "../browser_run/simulator.mjs";
import { makeFolder } from "../support/folder.mjs";
import { expectProblem } from "../support/http.mjs";
import { openService, refusedUpgrade, Service } from "../support/service.mjs";
import { SocketClient } from "../support/socket_client.mjs";
import { until, within } from "../support/waits.mjs";
import { pageUrl } from "./browser_sockets.mjs";
import { liveSessions } from "./live_sessions.mjs";
import { checkEnd, GRACE, isConnected, LATE_MS_MAX, LEASE_MS, passed, PATIENT, untilConnected } from "./watched.mjs";

const service = await openService();
const { provider } = service;
const withSession = liveSessions(service);

describe("the presence of a client", () => {
  withSession("is shown by the session and in lists", PATIENT, async ({ project, session }) => {
    const listed = async () => (await project.list()).body.sessions[0].connected;
    assert.equal(session.connected, false);
    assert.equal(await listed(), false);
    const client = await SocketClient.open(session.websocketUrl);
    // Who is let in has been counted.
    assert.equal(await isConnected(project, session), true);
    assert.equal(await listed(), true);
    await client.close();
    await untilConnected(project, session, false);
    assert.equal(await listed(), false);
  });

  withSession("is not shown for a session that is not watched", {}, async ({ project, session }) => {
    const client = await SocketClient.open(session.websocketUrl);
    assert.equal(await isConnected(project, session), null);
    assert.equal((await project.list()).body.sessions[0].connected, null);
    await client.close();
  });

  withSession("is false after the session has ended", PATIENT, async ({ project, session }) => {
    const client = await SocketClient.open(session.websocketUrl);
    await project.release(session.id);
    assert.equal(await isConnected(project, session), false);
    await within("the cut", client.closed);
  });

  withSession("is somebody for as long as one of several is", PATIENT, async ({ project, session, browser }) => {
    const clients = [
      await SocketClient.open(session.websocketUrl),
      await SocketClient.open(pageUrl(session, browser.targets[0].id)),
      await SocketClient.open(session.websocketUrl),
    ];
    while (clients.length > 0) {
      assert.equal(await isConnected(project, session), true);
      await clients.shift()?.close();
      await until("its socket is gone", () => browser.sockets.size === clients.length);
    }
    await untilConnected(project, session, false);
  });

  withSession(
    "is false after 200 clients have connected and disconnected, with or without a close",
    PATIENT,
    async ({ project, session, browser }) => {
      const before = provider.made("connect", browser).length;
      for (let n = 0; n < 200; n += 1) {
        const client = await SocketClient.open(session.websocketUrl);
        if (n % 3 === 0) client.socket.terminate();
        else if (n % 3 === 1) client.socket.close();
        else await client.close();
      }
      assert.equal(provider.made("connect", browser).length - before, 200);
      await until("the browser has no socket", () => browser.sockets.size === 0);
      await untilConnected(project, session, false);
      const client = await SocketClient.open(session.websocketUrl);
      assert.equal((await client.command("Browser.getVersion")).product, "Chrome/1.2.3.4");
      await client.close();
      await untilConnected(project, session, false);
    },
  );

  withSession(
    "is false if clients hang up before they are admitted",
    PATIENT,
    async ({ project, session, browser }) => {
      for (let n = 0; n < 20; n += 1) {
        const held = gate();
        provider.next("connect", held.reaction);
        const client = new SocketClient(new WebSocket(session.websocketUrl));
        client.opened.catch(() => {});
        await held.arrived;
        client.socket.terminate();
        await within("its end", client.closed);
        held.open();
      }
      await until("the browser has no socket", () => browser.sockets.size === 0);
      await untilConnected(project, session, false);
    },
  );
});

describe("a client that is gone", () => {
  for (const [how, leave] of /** @type {const} */ ([
    ["is killed", (/** @type {SocketClient} */ client) => client.socket.terminate()],
    ["closes its socket", (/** @type {SocketClient} */ client) => client.close()],
  ])) {
    withSession(`because it ${how} ends its session after the grace`, GRACE, async ({ project, session, browser }) => {
      const client = await SocketClient.open(session.websocketUrl);
      await client.command("Browser.getVersion");
      const since = Date.now();
      leave(client);
      await until("the browser is closed", () => !browser.alive);
      await checkEnd(project, session, { reason: "client_disconnected", since, from: 1000, to: 1000 + LATE_MS_MAX });
      expectProblem(await refusedUpgrade(session.websocketUrl), 410, "session_gone");
    });
  }

  withSession("leaves a session live that is to be kept", PATIENT, async ({ project, session }) => {
    const client = await SocketClient.open(session.websocketUrl);
    client.socket.terminate();
    await untilConnected(project, session, false);
    await passed(Date.now() + 2500);
    assert.equal((await project.session(session.id)).status, "live");
  });

  withSession("and comes back in the grace keeps its session", GRACE, async ({ project, session }) => {
    for (let n = 0; n < 3; n += 1) {
      const client = await SocketClient.open(session.websocketUrl);
      client.socket.terminate();
      await untilConnected(project, session, false);
    }
    const client = await SocketClient.open(session.websocketUrl);
    await passed(Date.now() + 2000);
    assert.equal((await project.session(session.id)).status, "live");
    const since = Date.now();
    await client.close();
    await checkEnd(project, session, { reason: "client_disconnected", since, from: 1000, to: 1000 + LATE_MS_MAX });
  });

  withSession("leaves the session to another one that stays", GRACE, async ({ project, session, browser }) => {
    const one = await SocketClient.open(session.websocketUrl);
    const tab = await SocketClient.open(pageUrl(session, browser.targets[0].id));
    one.socket.terminate();
    await until("its socket is gone", () => browser.sockets.size === 1);
    await passed(Date.now() + 2000);
    assert.equal(await isConnected(project, session), true, "a tab's socket counts as well");
    tab.socket.send("still there");
    assert.equal(await tab.next(), "still there");
    const since = Date.now();
    tab.socket.terminate();
    await checkEnd(project, session, { reason: "client_disconnected", since, from: 1000, to: 1000 + LATE_MS_MAX });
  });

  withSession("differs from one that is silent for longer than a lease", GRACE, async ({ project, session }) => {
    const client = await SocketClient.open(session.websocketUrl);
    await passed(Date.now() + LEASE_MS + 3000);
    assert.equal(await isConnected(project, session), true);
    client.socket.send("still there");
    assert.equal(await client.next(), "still there");
    await client.close();
  });

  test("that disconnects with a restart of the service does not count as connected afterwards", async (t) => {
    const own = new Service(await BrowserRun.start(), { persist: makeFolder() });
    t.after(() => own.close());
    await own.open();
    const project = own.newProject();
    const session = await project.live(GRACE);
    const kept = await project.live(PATIENT);
    const clients = [await SocketClient.open(session.websocketUrl), await SocketClient.open(kept.websocketUrl)];
    assert.equal(await isConnected(project, session), true);
    const since = Date.now();
    for (const client of clients) client.socket.terminate();
    await own.stop();
    await own.open();
    await checkEnd(project, session, {
      reason: "client_disconnected",
      since,
      from: 0,
      to: LEASE_MS + 1000 + LATE_MS_MAX,
    });
    await untilConnected(project, kept, false);
    // A relay that is begun anew is believed.
    const client = await SocketClient.open((await project.session(kept.id)).websocketUrl);
    assert.equal(await isConnected(project, kept), true);
    await client.close();
    await untilConnected(project, kept, false);
    await project.releaseAll();
  });
});
