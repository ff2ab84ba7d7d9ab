// The live view's calls: a viewer's socket, with its rules, and a picture.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe } from "node:test";

import { WebSocket } from "ws";

import { answers, gate } from "../browser_run/faults.mjs";
import { liveSessions } from "./live_sessions.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService, refusedUpgrade } from "../support/service.mjs";
import { SocketClient } from "../support/socket_client.mjs";
import { until, within } from "../support/waits.mjs";

/**
 * @import { SessionData } from "../../src/client/types.ts"
 * @import { Browser } from "../browser_run/browser.mjs"
 * @import { Project } from "../support/project.mjs"
 * @import { Service } from "../support/service.mjs"
 */

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
const GRACE = { onDisconnect: "release", disconnectGrace: 1000 };

const service = await openService();
const { provider } = service;

const withSession = liveSessions(service);

/** @param {string} url */
const tokenOf = (url) => new URL(url).searchParams.get("token") ?? "";
/** @param {SessionData} session */
const rightsOf = (session) => ({
  connect: tokenOf(session.websocketUrl),
  interact: tokenOf(session.sessionViewerUrl),
  view: tokenOf(session.sessionWatchUrl),
});
/**
 * @param {{id: string}} options
 * @param {string | null} token
 */
const viewUrl = ({ id }, token) => `${service.url.replace("http", "ws")}/v1/sessions/${id}/view?token=${token}`;
/** @param {Browser} browser */
const socketOf = (browser) => until("the socket is at the browser", () => [...browser.sockets][0]);

/**
 * What is answered to a command, whatever it is.
 *
 * @param {SocketClient} client
 * @param {string} method
 * @param {object} [params]
 * @param {string} [sessionId]
 */
async function ask(client, method, params, sessionId) {
  client.socket.send(JSON.stringify({ id: 7, method, params, sessionId }));
  const { id, result, error, sessionId: answered } = JSON.parse(await client.next());
  assert.deepEqual([id, answered], [7, sessionId]);
  return error ?? result;
}

describe("a viewer's socket", () => {
  withSession("opens with any token of the session, and with the key", {}, async ({ project, session }) => {
    for (const token of Object.values(rightsOf(session))) {
      const client = await SocketClient.open(viewUrl(session, token));
      const { targetInfos } = await ask(client, "Target.getTargets");
      assert.equal(targetInfos.length, 1);
      await client.close();
    }
    const [bare] = viewUrl(session, "").split("?");
    const client = await SocketClient.open(bare, { "x-api-key": project.key });
    await client.close();
  });

  withSession("forwards only the commands that its right allows", {}, async ({ session, browser }) => {
    /** @type {string[]} */
    const heard = [];
    for (const method of [
      "Page.reload",
      "Input.insertText",
      "Runtime.evaluate",
      "Target.setDiscoverTargets",
      "Browser.close",
    ]) {
      provider.cdp[method] = () => heard.push(method) && {};
    }
    for (const [right, allowed] of /** @type {const} */ ([
      ["view", ["Target.setDiscoverTargets"]],
      ["interact", ["Target.setDiscoverTargets", "Page.reload", "Input.insertText"]],
      ["connect", ["Target.setDiscoverTargets", "Page.reload", "Input.insertText"]],
    ])) {
      heard.length = 0;
      const client = await SocketClient.open(viewUrl(session, rightsOf(session)[right]));
      for (const [method, params, sessionId] of /** @type {const} */ ([
        ["Target.setDiscoverTargets", { discover: true }],
        ["Page.reload", {}, "S1"],
        ["Input.insertText", { text: "x" }, "S1"],
        ["Runtime.evaluate", { expression: "1" }, "S1"],
        ["Browser.close"],
      ])) {
        const answer = await ask(client, method, params, sessionId);
        if (new Set(/** @type {readonly string[]} */ (allowed)).has(method))
          assert.deepEqual(answer, {}, `${right} ${method}`);
        else assert.equal(answer.code, -32000, `${right} ${method}`);
      }
      assert.deepEqual(heard, allowed, right);
      await client.close();
    }
    assert.ok(browser.alive);
  });

  withSession(
    "accepts no input if the session is not interactive, with any token",
    { debugConfig: { interactive: false } },
    async ({ project, session }) => {
      assert.match(tokenOf(session.sessionViewerUrl), /^view\./);
      assert.equal(session.debugUrl, session.sessionViewerUrl);
      assert.equal(session.sessionWatchUrl, session.sessionViewerUrl);
      const [bare] = viewUrl(session, "").split("?");
      for (const client of [
        await SocketClient.open(viewUrl(session, rightsOf(session).connect)),
        await SocketClient.open(bare, { "x-api-key": project.key }),
      ]) {
        const { code, message } = await ask(client, "Page.reload", {}, "S1");
        assert.deepEqual([code, message], [-32000, "Page.reload is not for viewers that may only look"]);
        await client.close();
      }
    },
  );

  withSession("is closed after an invalid command", {}, async ({ session, browser }) => {
    for (const [message, code] of /** @type {const} */ ([
      ["nonsense", 1008],
      [Buffer.from("{}"), 1008],
      [`"${"x".repeat(2 ** 20)}"`, 1009],
    ])) {
      const client = await SocketClient.open(viewUrl(session, rightsOf(session).view));
      client.socket.send(message);
      assert.equal((await within("its end", client.closed)).code, code);
    }
    await until("the browser has no socket", () => browser.sockets.size === 0);
  });

  withSession("is closed if its client does not read", {}, async ({ session, browser }) => {
    const client = await SocketClient.open(viewUrl(session, rightsOf(session).view));
    const socket = await socketOf(browser);
    const event = JSON.stringify({ method: "Log.entryAdded", params: { text: "x".repeat(2 ** 20) } });
    for (let n = 0; n < 33; n += 1) socket.send(event);
    assert.deepEqual(await within("its end", client.closed), {
      code: 1008,
      reason: "the viewer does not read what it is sent",
    });
  });

  withSession("stays open while its client reads", {}, async ({ session, browser }) => {
    const client = await SocketClient.open(viewUrl(session, rightsOf(session).view));
    const socket = await socketOf(browser);
    const event = JSON.stringify({ method: "Log.entryAdded", params: { text: "x".repeat(2 ** 20) } });
    for (let n = 0; n < 40; n += 1) {
      socket.send(event);
      assert.equal(await client.next(), event);
      const { method, params } = JSON.parse(await client.next());
      assert.equal(method, "Viewer.mark");
      client.socket.send(JSON.stringify({ id: 0, method: "Viewer.read", params }));
    }
    assert.ok((await ask(client, "Target.getTargets")).targetInfos);
    await client.close();
  });

  withSession("closes with its session, with the reason", {}, async ({ project, session }) => {
    const { interact, view } = rightsOf(session);
    const clients = [
      await SocketClient.open(viewUrl(session, interact)),
      await SocketClient.open(viewUrl(session, view)),
    ];
    await project.release(session.id);
    for (const client of clients) {
      assert.deepEqual(await within("its end", client.closed), { code: 4002, reason: "released" });
    }
    for (const token of [interact, view]) {
      const { detail } = expectProblem(await refusedUpgrade(viewUrl(session, token)), 410, "session_gone");
      assert.equal(detail, "the session has ended: released");
      // A page can't see why a socket was refused, and asks without one.
      expectProblem(await service.send("GET", `/v1/sessions/${session.id}/view?token=${token}`), 410, "session_gone");
    }
  });

  withSession("closes with its session even if the browser goes on", {}, async ({ project, session }) => {
    const client = await SocketClient.open(viewUrl(session, rightsOf(session).view));
    provider.always("close", answers(500));
    await project.release(session.id);
    assert.equal((await within("its end", client.closed)).code, 4002);
    provider.usual();
    await project.ended(session.id);
  });

  withSession("is no client: a watched session ends though somebody looks on", GRACE, async ({ project, session }) => {
    const viewer = await SocketClient.open(viewUrl(session, rightsOf(session).interact));
    const client = await SocketClient.open(session.websocketUrl);
    await client.close();
    // Not even one that is busy.
    const busy = setInterval(() => viewer.socket.send('{"id":1,"method":"Target.getTargets"}'), 100);
    const { releaseReason, connected } = await project.ended(session.id);
    clearInterval(busy);
    assert.deepEqual([releaseReason, connected], ["client_disconnected", false]);
    assert.equal((await within("its end", viewer.closed)).code, 4002);
  });

  withSession("does not count as activity", { inactivityTimeout: 1500 }, async ({ project, session }) => {
    const viewer = await SocketClient.open(viewUrl(session, rightsOf(session).interact));
    const busy = setInterval(() => viewer.socket.send('{"id":1,"method":"Target.getTargets"}'), 100);
    assert.equal((await project.ended(session.id)).releaseReason, "inactivity_timeout");
    clearInterval(busy);
    assert.equal((await within("its end", viewer.closed)).code, 4001);
  });

  withSession("leaves an agent's alone", GRACE, async ({ project, session }) => {
    const client = await SocketClient.open(session.websocketUrl);
    const viewer = await SocketClient.open(viewUrl(session, rightsOf(session).view));
    viewer.socket.send("nonsense");
    await within("its end", viewer.closed);
    assert.ok(await client.command("Browser.getVersion"));
    assert.equal((await project.session(session.id)).connected, true);
    await client.close();
  });

  withSession("is refused above 20 viewers", {}, async ({ session }) => {
    const url = viewUrl(session, rightsOf(session).view);
    const viewers = [];
    for (let n = 0; n < 20; n += 1) viewers.push(await SocketClient.open(url));
    const refused = await refusedUpgrade(url);
    expectProblem(refused, 429, "too_many_viewers");
    assert.equal(refused.headers.get("retry-after"), "5");
    await viewers.pop()?.close();
    await until("there is room again", async () => {
      const client = new SocketClient(new WebSocket(url));
      return client.opened.then(
        () => viewers.push(client),
        () => false,
      );
    });
    for (const viewer of viewers) await viewer.close();
  });

  withSession("does not open without a token of this session", {}, async ({ session }) => {
    const project = service.newProject();
    const other = await project.live();
    const { view } = rightsOf(session);
    expectProblem(await refusedUpgrade(viewUrl(session, rightsOf(other).view)), 401, "invalid_token");
    expectProblem(await refusedUpgrade(viewUrl(session, view.replace("view", "interact"))), 401, "invalid_token");
    expectProblem(await refusedUpgrade(viewUrl(session, "").split("?")[0]), 401, "missing_key");
    expectProblem(await service.send("GET", `/v1/sessions/${session.id}/view?token=${view}`), 426, "upgrade_required");
    const foreign = `/v1/sessions/${session.id}/view`;
    expectProblem(await project.call("GET", foreign), 404, "session_not_found");
    expectProblem(await project.call("GET", `/v1/sessions/${randomUUID()}/view`), 404, "session_not_found");
    await project.releaseAll();
  });
});

describe("a picture", () => {
  /**
   * @param {{id: string}} options
   * @param {string} [query]
   */
  const path = ({ id }, query = "") => `/v1/sessions/${id}/picture${query}`;

  /**
   * Tabs answer as Chrome does: those that are named show themselves, the others are hidden.
   *
   * @param {string[]} visible
   */
  function showing(...visible) {
    /** @type {{target: string, maxWidth?: number}[]} */
    const asked = [];
    provider.cdp["Target.attachToTarget"] = ({ targetId, flatten }) => {
      assert.ok(flatten);
      return { sessionId: `S${targetId}` };
    };
    provider.cdp["Target.detachFromTarget"] = () => ({});
    provider.cdp["Page.startScreencast"] = (params, browser, socket) => {
      const { id } = browser.targets[asked.length % browser.targets.length];
      asked.push({ ...params, target: id });
      /**
       * @param {string} method
       * @param {{ visible: boolean; } | { data: string; sessionId: number; metadata: {}; }} more
       */
      const event = (method, more) => socket.send(JSON.stringify({ method, params: more, sessionId: `S${id}` }));
      event("Page.screencastVisibilityChanged", { visible: visible.includes(id) });
      if (visible.includes(id))
        event("Page.screencastFrame", { data: JPEG.toString("base64"), sessionId: 1, metadata: {} });
      return {};
    };
    return asked;
  }

  /**
   * @param {Project<Service>} project
   * @param {SessionData} session
   * @param {string} [query]
   */
  async function picture(project, session, query) {
    const url = `${service.url}${path(session, query)}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${project.key}` } });
    assert.equal(response.status, 200, await response.clone().text());
    assert.equal(response.headers.get("content-type"), "image/jpeg");
    assert.equal(response.headers.get("cache-control"), "no-store");
    return Buffer.from(await response.arrayBuffer());
  }

  withSession("shows the foreground tab", {}, async ({ project, session, browser }) => {
    const front = browser.openTarget("https://example.com/");
    const asked = showing(front.id);
    assert.deepEqual(await picture(project, session, "?width=640"), JPEG);
    assert.deepEqual(
      asked.map(({ target }) => target),
      [browser.targets[0].id, front.id],
    );
    assert.equal(asked[1].maxWidth, 640);
    await until("the browser has no socket", () => browser.sockets.size === 0);
  });

  withSession("is shared by concurrent callers", {}, async ({ project, session, browser }) => {
    const asked = showing(browser.targets[0].id);
    const pictures = await Promise.all(Array.from({ length: 8 }, () => picture(project, session)));
    for (const each of pictures) assert.deepEqual(each, JPEG);
    assert.deepEqual(
      asked.map(({ maxWidth }) => maxWidth),
      [320],
      "320 pixels by default",
    );
    await picture(project, session, "?width=321");
    assert.equal(asked.length, 2);
    const since = Date.now();
    await until("it is too old", async () => (await picture(project, session, "?width=321")) && asked.length === 3);
    assert.ok(Date.now() - since > 1000);
  });

  withSession("needs a token of this session that allows viewing", {}, async ({ session, browser }) => {
    const project = service.newProject();
    const other = await project.live();
    showing(browser.targets[0].id);
    expectStatus(await service.send("GET", path(session, `?token=${rightsOf(session).view}`)), 200);
    expectProblem(await service.send("GET", path(session, `?token=${rightsOf(other).view}`)), 401, "invalid_token");
    expectProblem(await service.send("GET", path(session)), 401, "missing_key");
    expectProblem(await project.call("GET", path(session)), 404, "session_not_found");
    await project.releaseAll();
  });

  withSession("is refused if no tab is visible", {}, async ({ project, session, browser }) => {
    showing();
    expectProblem(await project.call("GET", path(session)), 409, "no_picture");
    browser.targets.length = 0;
    expectProblem(await project.call("GET", path(session)), 409, "no_picture");
  });

  withSession("takes at most 3 s", {}, async ({ project, session }) => {
    provider.cdp["Target.getTargets"] = () => undefined;
    const since = Date.now();
    expectProblem(await project.call("GET", path(session)), 504, "provider_timeout");
    assert.ok(Date.now() - since < 4000);
    const held = gate();
    provider.next("connect", held.reaction);
    expectProblem(await project.call("GET", path(session)), 504, "provider_timeout");
    held.open();
  });

  withSession("refuses a width outside of 16 to 1280", {}, async ({ project, session }) => {
    for (const query of ["?width=15", "?width=1281", "?width=a", "?width=", "?height=10", "?width=16&width=17"]) {
      expectProblem(await project.call("GET", path(session, query)), 422, "invalid_request");
    }
  });

  withSession("of an ended session answers 410", {}, async ({ project, session }) => {
    await project.release(session.id);
    expectProblem(await project.call("GET", path(session)), 410, "session_gone");
  });
});
