// Sessions that are watched: their sockets go through a relay, which tells the fleet who is there.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";

import { WebSocket } from "ws";

import { answers, gate } from "../browser_run/faults.mjs";
import { BrowserRun } from "../browser_run/simulator.mjs";
import { liveSessions } from "./live_sessions.mjs";
import {
  Client,
  expectProblem,
  expectStatus,
  makeFolder,
  newId,
  openService,
  refusedUpgrade,
  Service,
  until,
  UUID,
  within,
} from "./service.mjs";

const MB = 1024 * 1024;
const GRACE = { onDisconnect: "release", disconnectGrace: 1000 };
/** Watched, and ended by nothing in a test's time. */
const PATIENT = { inactivityTimeout: 600_000 };
/** What a timer and a busy machine may add. */
const LATE_MS_MAX = 500;
/** A relay that says nothing for this long is no longer believed. */
const LEASE_MS = 9000;

const service = await openService();
const { provider } = service;

const withSession = liveSessions(service);

const pageUrl = (session, target) => session.websocketUrl.replace("/connect?", `/page/${target}?`);
const socketOf = (browser) => until("the socket is at the browser", () => [...browser.sockets][0]);
const passed = (time) => until(`${new Date(time).toISOString()} is past`, () => Date.now() > time);
const isConnected = async (project, { id }) => (await project.session(id)).connected;
const untilConnected = (project, session, is) =>
  until(`connected is ${is}`, async () => (await isConnected(project, session)) === is);

/** The session must have ended for this reason, so long after `since`. */
async function checkEnd(project, { id }, { reason, since, from, to }) {
  const session = await project.ended(id);
  assert.equal(session.releaseReason, reason);
  assert.equal(session.status, reason === "browser_crashed" ? "failed" : "released");
  const after = Date.parse(session.endedAt) - since;
  assert.ok(after >= from && after <= to, `${reason} after ${after} ms, and not ${from} to ${to}`);
  return session;
}

describe("who is connected", () => {
  withSession("is told by the session and in lists", PATIENT, async ({ project, session }) => {
    const listed = async () => (await project.list()).body.sessions[0].connected;
    assert.equal(session.connected, false);
    assert.equal(await listed(), false);
    const client = await Client.open(session.websocketUrl);
    // Who is let in has been counted.
    assert.equal(await isConnected(project, session), true);
    assert.equal(await listed(), true);
    await client.close();
    await untilConnected(project, session, false);
    assert.equal(await listed(), false);
  });

  withSession("is not told where nobody asked for that to be watched", {}, async ({ project, session }) => {
    const client = await Client.open(session.websocketUrl);
    assert.equal(await isConnected(project, session), null);
    assert.equal((await project.list()).body.sessions[0].connected, null);
    await client.close();
  });

  withSession("is nobody once the session has ended", PATIENT, async ({ project, session }) => {
    const client = await Client.open(session.websocketUrl);
    await project.release(session.id);
    assert.equal(await isConnected(project, session), false);
    await within("the cut", client.closed);
  });

  withSession("is somebody for as long as one of several is", PATIENT, async ({ project, session, browser }) => {
    const clients = [
      await Client.open(session.websocketUrl),
      await Client.open(pageUrl(session, browser.targets[0].id)),
      await Client.open(session.websocketUrl),
    ];
    while (clients.length > 0) {
      assert.equal(await isConnected(project, session), true);
      await clients.shift().close();
      await until("its socket is gone", () => browser.sockets.size === clients.length);
    }
    await untilConnected(project, session, false);
  });

  withSession(
    "is nobody after 200 have come and gone, politely or not",
    PATIENT,
    async ({ project, session, browser }) => {
      const before = provider.made("connect", browser).length;
      for (let n = 0; n < 200; n += 1) {
        const client = await Client.open(session.websocketUrl);
        if (n % 3 === 0) client.socket.terminate();
        else if (n % 3 === 1) client.socket.close();
        else await client.close();
      }
      assert.equal(provider.made("connect", browser).length - before, 200);
      await until("the browser has no socket", () => browser.sockets.size === 0);
      await untilConnected(project, session, false);
      const client = await Client.open(session.websocketUrl);
      assert.equal((await client.command("Browser.getVersion")).product, "Chrome/1.2.3.4");
      await client.close();
      await untilConnected(project, session, false);
    },
  );

  withSession(
    "is nobody where clients hang up before they are let in",
    PATIENT,
    async ({ project, session, browser }) => {
      for (let n = 0; n < 20; n += 1) {
        const held = gate();
        provider.next("connect", held.reaction);
        const client = new Client(new WebSocket(session.websocketUrl));
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
  for (const [how, leave] of [
    ["is killed", (client) => client.socket.terminate()],
    ["closes its socket", (client) => client.close()],
  ]) {
    withSession(`because it ${how} ends its session after the grace`, GRACE, async ({ project, session, browser }) => {
      const client = await Client.open(session.websocketUrl);
      await client.command("Browser.getVersion");
      const since = Date.now();
      leave(client);
      await until("the browser is closed", () => !browser.alive);
      await checkEnd(project, session, { reason: "client_disconnected", since, from: 1000, to: 1000 + LATE_MS_MAX });
      expectProblem(await refusedUpgrade(session.websocketUrl), 410, "session_gone");
    });
  }

  withSession("leaves a session live that is to be kept", PATIENT, async ({ project, session }) => {
    const client = await Client.open(session.websocketUrl);
    client.socket.terminate();
    await untilConnected(project, session, false);
    await passed(Date.now() + 2500);
    assert.equal((await project.session(session.id)).status, "live");
  });

  withSession("and comes back in the grace keeps its session", GRACE, async ({ project, session }) => {
    for (let n = 0; n < 3; n += 1) {
      const client = await Client.open(session.websocketUrl);
      client.socket.terminate();
      await untilConnected(project, session, false);
    }
    const client = await Client.open(session.websocketUrl);
    await passed(Date.now() + 2000);
    assert.equal((await project.session(session.id)).status, "live");
    const since = Date.now();
    await client.close();
    await checkEnd(project, session, { reason: "client_disconnected", since, from: 1000, to: 1000 + LATE_MS_MAX });
  });

  withSession("leaves the session to another one that stays", GRACE, async ({ project, session, browser }) => {
    const one = await Client.open(session.websocketUrl);
    const tab = await Client.open(pageUrl(session, browser.targets[0].id));
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

  withSession("is told from one that says nothing for longer than a lease", GRACE, async ({ project, session }) => {
    const client = await Client.open(session.websocketUrl);
    await passed(Date.now() + LEASE_MS + 3000);
    assert.equal(await isConnected(project, session), true);
    client.socket.send("still there");
    assert.equal(await client.next(), "still there");
    await client.close();
  });

  test("together with the whole service leaves nobody connected after the next start", async (t) => {
    const own = new Service(await BrowserRun.start(), { persist: makeFolder() });
    t.after(() => own.close());
    await own.open();
    const project = own.newProject();
    const session = await project.live(GRACE);
    const kept = await project.live(PATIENT);
    const clients = [await Client.open(session.websocketUrl), await Client.open(kept.websocketUrl)];
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
    const client = await Client.open((await project.session(kept.id)).websocketUrl);
    assert.equal(await isConnected(project, kept), true);
    await client.close();
    await untilConnected(project, kept, false);
    await project.releaseAll();
  });
});

describe("silence", () => {
  const options = { inactivityTimeout: 1500 };
  const checkSilent = (project, session, since) =>
    checkEnd(project, session, { reason: "inactivity_timeout", since, from: 1500, to: 2500 });

  withSession(
    "of a connected client ends its session, but not while it sends",
    options,
    async ({ project, session }) => {
      const client = await Client.open(session.websocketUrl);
      let sentAt;
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
    const silent = await Client.open(session.websocketUrl);
    const tab = await Client.open(pageUrl(session, browser.targets[0].id));
    const stop = Date.now() + 2500;
    let sentAt;
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
    const client = await Client.open(session.websocketUrl);
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

  withSession("counts where nobody ever connects", options, async ({ project, session }) => {
    await checkSilent(project, session, Date.parse(session.createdAt));
  });

  withSession("counts from the moment when the last client left", options, async ({ project, session }) => {
    const client = await Client.open(session.websocketUrl);
    await passed(Date.now() + 800);
    const since = Date.now();
    client.socket.terminate();
    await checkSilent(project, session, since);
  });

  withSession("is counted anew by a change", { inactivityTimeout: 60_000 }, async ({ project, session }) => {
    const client = await Client.open(session.websocketUrl);
    const since = Date.now();
    expectStatus(await project.change(session.id, { inactivityTimeout: 1500 }), 200);
    assert.equal((await within("the cut", client.closed)).code, 4001);
    await checkSilent(project, session, since - 100);
  });

  withSession("can't be watched later", {}, async ({ project, session }) => {
    expectProblem(await project.change(session.id, { inactivityTimeout: 1500 }), 409, "not_watched");
  });
});

describe("a client is told why", () => {
  withSession("a release: 4002", PATIENT, async ({ project, session, browser }) => {
    const clients = [
      await Client.open(session.websocketUrl),
      await Client.open(pageUrl(session, browser.targets[0].id)),
    ];
    await project.release(session.id);
    for (const client of clients)
      assert.deepEqual(await within("the cut", client.closed), { code: 4002, reason: "released" });
  });

  withSession(
    "a release that the provider does not carry out: 4002 all the same",
    PATIENT,
    async ({ project, session, browser }) => {
      const client = await Client.open(session.websocketUrl);
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
    const client = await Client.open(session.websocketUrl);
    assert.deepEqual(await within("the cut", client.closed), { code: 4001, reason: "timeout" });
    await project.ended(session.id);
  });

  withSession("a browser that crashes: 4003 within a second", PATIENT, async ({ project, session, browser }) => {
    const client = await Client.open(session.websocketUrl);
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
      const [asks, other] = [await Client.open(session.websocketUrl), await Client.open(session.websocketUrl)];
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
      const client = await Client.open(session.websocketUrl);
      (await socketOf(browser)).terminate();
      assert.deepEqual(await within("the cut", client.closed), { code: 1011, reason: "the browser's socket closed" });
      await untilConnected(project, session, false);
      const again = await Client.open(session.websocketUrl);
      assert.equal((await again.command("Browser.getVersion")).product, "Chrome/1.2.3.4");
      await again.close();
    },
  );

  withSession("what the browser itself says where it lives on", PATIENT, async ({ session, browser }) => {
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

  withSession("and the browser is told what the client says", PATIENT, async ({ session, browser }) => {
    for (const [code, reason] of [
      [1000, ""],
      [4321, "enough \u{1f30a}"],
    ]) {
      const client = await Client.open(session.websocketUrl);
      await socketOf(browser);
      assert.equal((await client.close(code, reason)).code, code);
      await until("it is closed at the browser", () => browser.sockets.size === 0);
      assert.deepEqual(browser.lastClose, { code, reason });
    }
    for (const leave of [(client) => client.socket.close(), (client) => client.socket.terminate()]) {
      const client = await Client.open(session.websocketUrl);
      await socketOf(browser);
      leave(client);
      await until("it is closed at the browser", () => browser.sockets.size === 0);
      assert.equal(browser.lastClose.code, 1001, "three codes can't be sent");
    }
  });
});

describe("messages", () => {
  withSession("pass both ways, unchanged and in order", PATIENT, async ({ session, browser }) => {
    for (const url of [session.websocketUrl, pageUrl(session, browser.targets[0].id)]) {
      const client = await Client.open(url);
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
      assert.equal((await client.command("Browser.getVersion")).product, "Chrome/1.2.3.4");
      await client.close();
    }
  });

  withSession("keep their order when 10,000 are under way", PATIENT, async ({ session }) => {
    const client = await Client.open(session.websocketUrl);
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

  for (const [whose, send] of [
    ["a client's", (client, _, message) => client.socket.send(message)],
    ["a browser's", (_, socket, message) => socket.send(message)],
  ]) {
    withSession(
      `of more than 32 MiB, ${whose}, close both sides with 1009 at once, and the session lives on`,
      PATIENT,
      async ({ project, session, browser }) => {
        const other = await Client.open(session.websocketUrl);
        for (const message of [Buffer.alloc(33 * MB), "x".repeat(33 * MB)]) {
          const before = new Set(browser.sockets);
          const client = await Client.open(session.websocketUrl);
          const socket = await until("the socket is at the browser", () =>
            [...browser.sockets].find((found) => !before.has(found)),
          );
          send(client, socket, message);
          const { code, reason } = await within("the close", client.closed, 5000);
          assert.equal(code, 1009);
          assert.match(reason, /too large|32 MiB/);
          await until("it is closed at the browser", () => browser.sockets.size === 1, 5000);
          // Who is still sending may find its connection reset before it reads why.
          assert.ok(browser.lastClose.code === 1009 || (whose === "a browser's" && browser.lastClose.code === 1006));
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
      const client = await Client.open(session.websocketUrl);
      await socketOf(browser);
      const noSuchKind = [0x83, 0x80, 0, 0, 0, 0];
      client.socket._socket.write(Buffer.from(noSuchKind));
      assert.equal((await within("the close", client.closed, 5000)).code, 1002);
      await until("it is closed at the browser", () => browser.sockets.size === 0, 5000);
      assert.equal(browser.lastClose.code, 1001);
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

  withSession(
    "is refused if the session ends while the socket is opened",
    PATIENT,
    async ({ project, session, browser }) => {
      const held = gate();
      provider.next("connect", held.reaction);
      provider.always("close", answers(500));
      const refused = refusedUpgrade(session.websocketUrl);
      await held.arrived;
      await project.release(session.id);
      held.open();
      expectProblem(await refused, 410, "session_gone");
      await until("nobody is connected", () => browser.lastClose && browser.sockets.size === 0);
      provider.usual();
      await project.ended(session.id);
    },
  );

  withSession("to a tab that is not there is a 404", PATIENT, async ({ project, session, browser }) => {
    for (const target of ["ABC", newId(), browser.targets[0].id.toLowerCase()]) {
      expectProblem(await refusedUpgrade(pageUrl(session, target)), 404, "target_not_found");
    }
    assert.equal(await isConnected(project, session), false);
  });

  withSession("that the provider refuses is the provider's failure", PATIENT, async ({ project, session, browser }) => {
    const tab = pageUrl(session, browser.targets[0].id);
    for (const [url, call, reaction, status, code] of [
      [session.websocketUrl, "connect", answers(500), 502, "provider_error"],
      [session.websocketUrl, "connect", answers(429), 429, "provider_rate_limited"],
      [session.websocketUrl, "connect", answers(503), 503, "provider_unavailable"],
      [tab, "page", answers(500), 502, "provider_error"],
    ]) {
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
    const client = await Client.open(bare, { "x-api-key": project.key });
    await client.close();
  });

  withSession("tells nothing of the provider's in its answer", PATIENT, async ({ session, browser }) => {
    const client = await Client.open(session.websocketUrl);
    assert.ok(!JSON.stringify(client.upgrade.rawHeaders).includes(browser.id));
    assert.match(client.upgrade.headers["x-request-id"], UUID);
    await client.close();
  });
});
