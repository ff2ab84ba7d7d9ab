// DevTools' own HTTP endpoints, as a program without any client library calls them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { openService } from "./service.mjs";
import { connectCdp } from "../support/cdp.mjs";
import { handshake } from "../support/handshake.mjs";
import { until } from "../support/waits.mjs";
import { openTideSite } from "./site.mjs";

/**
 * @import { LivePage } from "../../src/client/types.ts"
 */

const service = await openService();
const site = await openTideSite();
after(async () => {
  await service.dispose();
  await site.close();
});

/** A live session and calls below its `json/`. */
async function openDevtools(project = service.project()) {
  const session = await project.create();
  const base = `/v1/sessions/${session.id}/json`;
  const devtools = {
    project,
    session,
    path: (/** @type {string} */ path) => `${base}${path}`,
    ask: (/** @type {string} */ path, /** @type {string} */ method = "GET") =>
      project.expect(200, method, `${base}${path}`),
    text: async (/** @type {string} */ path) => {
      const { status, text } = await project.call("GET", `${base}${path}`);
      assert.equal(status, 200, text);
      return text;
    },
    tabs: async () => (await devtools.ask("/list")).filter((/** @type {{type: string}} */ { type }) => type === "page"),
  };
  return devtools;
}

const withoutCredentials = { authorization: "" };
/** @param {{websocketUrl: string, sessionWatchUrl: string}} options */
const tokens = ({ websocketUrl, sessionWatchUrl }) => ({
  connect: new URL(websocketUrl).searchParams.get("token"),
  view: new URL(sessionWatchUrl).searchParams.get("token"),
});

for (const slash of ["", "/"]) {
  test(`version, list, protocol, new, activate and close answer ${slash ? "with" : "without"} a slash at the end`, async () => {
    const { ask, text, tabs } = await openDevtools();
    const version = await ask(`/version${slash}`);
    assert.match(version.Browser, /Chrome\/\d+/);
    assert.match(version["User-Agent"], /Chrome/);
    assert.ok(
      (await ask(`/protocol${slash}`)).domains.some((/** @type {{domain: string}} */ { domain }) => domain === "Page"),
    );
    for (const path of ["", "/list"]) {
      assert.equal(
        (await ask(`${path}${slash}`)).filter((/** @type {{type: string}} */ { type }) => type === "page").length,
        1,
        path,
      );
    }

    const url = `${site.url}/new?a=1&b=2`;
    const made = await ask(`/new${slash}?url=${encodeURIComponent(url)}`, "PUT");
    assert.equal(made.type, "page");
    const found = async () => (await tabs()).find((/** @type {{id: string}} */ { id }) => id === made.id);
    await until("the new tab is where it was sent", async () => (await found()).url === url);

    assert.match(await text(`/activate/${made.id}${slash}`), /activated/);
    assert.match(await text(`/close/${made.id}${slash}`), /closing/);
    await until("the tab is closed", async () => !(await found()));
  });
}

test("a new tab is blank, or opens a URL in any of the forms that clients send", async () => {
  const { ask, tabs } = await openDevtools();
  assert.equal((await ask("/new", "PUT")).url, "about:blank");
  // Chrome's own form is the address alone, encoded or not; a parameter `url` is Browser Run's.
  const forms = [`${site.url}/bare?a=1`, encodeURIComponent(`${site.url}/encoded?a=1&b=2`), `url=${site.url}/named`];
  for (const form of forms) await ask(`/new?${form}`, "PUT");
  const wanted = ["/bare?a=1", "/encoded?a=1&b=2", "/named"].map((path) => `${site.url}${path}`);
  await until("the tabs are where they were sent", async () => {
    const urls = (await tabs()).map((/** @type {{url: string}} */ { url }) => url);
    return wanted.every((url) => urls.includes(url));
  });
});

test("the named sockets are the browser's and the tab's", async () => {
  const { ask, tabs, session } = await openDevtools();
  const { webSocketDebuggerUrl } = await ask("/version");
  assert.equal(webSocketDebuggerUrl, session.websocketUrl);
  const browser = await connectCdp(webSocketDebuggerUrl);
  assert.match((await browser.send("Browser.getVersion")).product, /Chrome/);
  const [{ webSocketDebuggerUrl: pageUrl }] = await tabs();
  const page = await connectCdp(pageUrl);
  assert.equal((await page.send("Runtime.evaluate", { expression: "6 * 7" })).result.value, 42);
  await Promise.all([browser.close(), page.close()]);
});

test("no answer contains the address of Chrome", async () => {
  const { project, path, session, tabs } = await openDevtools();
  const [tab] = await tabs();
  const made = await project.call("PUT", path("/new?url=about:blank"));
  /** @type {{text: string, headers: Headers}[]} */
  const answers = [
    await project.call("GET", `/v1/sessions/${session.id}`),
    await project.call("GET", `/v1/sessions/${session.id}/live-details`),
    await project.call("GET", path("/version")),
    await project.call("GET", path("/list")),
    await project.call("GET", path("/protocol")),
    made,
    await project.call("GET", path(`/activate/${tab.id}`)),
    await project.call("GET", path(`/close/${made.body.id}`)),
    await project.call("GET", path("/close/NOBODYS")),
  ];
  for (const url of [session.websocketUrl, tab.webSocketDebuggerUrl]) {
    const { socket, headers } = await handshake(url);
    answers.push({ text: "", headers: new Headers(/** @type {Record<string, string>} */ (headers)) });
    socket?.terminate();
  }
  const { port, path: socketPath } = chromesOwnAddress();
  for (const { text, headers } of answers) {
    const told = [text, ...headers.values()].join("\n").replaceAll("%3A", ":").replaceAll("%2F", "/");
    const addresses = [...told.matchAll(/(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)/g)];
    const ports = new Set(addresses.map(([, found]) => found));
    ports.delete(new URL(service.url).port);
    assert.deepEqual([...ports], [], told);
    assert.ok(!told.includes(`:${port}`) && !told.includes(socketPath), told);
  }
});

// Chrome writes where it listens into its profile.
function chromesOwnAddress() {
  const [{ command }] = service.chromes();
  const [, profile] = /--user-data-dir=(\S+)/.exec(command) ?? [];
  const [port, path] = readFileSync(join(profile, "DevToolsActivePort"), "utf8").trim().split("\n");
  return { port, path };
}

test("a session's token opens only that session's endpoints", async () => {
  const project = service.project();
  const [one, two] = [await openDevtools(project), await openDevtools(project)];
  const { connect } = tokens(one.session);
  const status = async (
    /** @type {Awaited<ReturnType<typeof openDevtools>>} */ devtools,
    /** @type {string | null} */ token,
  ) => {
    const path = `${devtools.path("/version")}?token=${token}`;
    return (await project.call("GET", path, { headers: withoutCredentials })).status;
  };
  assert.equal(await status(one, connect), 200);
  assert.equal(await status(two, connect), 401);
  assert.equal(await status(one, `${connect}x`), 401);
  const { status: bare } = await project.call("GET", one.path("/version"), { headers: withoutCredentials });
  assert.equal(bare, 401);
});

test("a view token lists tabs, but can't open, activate or close one", async () => {
  const { project, session, path, tabs } = await openDevtools();
  const { connect, view } = tokens(session);
  const [tab] = await tabs();
  /**
   * @param {string} method
   * @param {string} name
   */
  const call = (method, name) => project.call(method, `${path(name)}?token=${view}`, { headers: withoutCredentials });
  for (const name of ["/list", "/version"]) {
    const { status, text } = await call("GET", name);
    assert.equal(status, 200, name);
    assert.ok(!text.includes(`${connect}`), "nothing to drive with is handed out");
  }
  for (const [method, name] of [
    ["PUT", "/new"],
    ["GET", `/activate/${tab.id}`],
    ["GET", `/close/${tab.id}`],
  ]) {
    assert.equal((await call(method, name)).status, 403, name);
  }
  assert.deepEqual(
    (await tabs()).map((/** @type {{id: string}} */ { id }) => id),
    [tab.id],
  );
});

test("each refusal is a problem with its own status", async () => {
  const { project, session, path } = await openDevtools();
  /**
   * @param {number} status
   * @param {string} method
   * @param {string} name
   */
  const code = async (status, method, name) => (await project.expect(status, method, path(name))).code;
  assert.equal(await code(405, "GET", "/new"), "method_not_allowed");
  assert.equal(await code(404, "GET", "/nope"), "route_not_found");
  for (const name of ["activate", "close"]) {
    assert.equal(await code(404, "GET", `/${name}/${"0".repeat(32)}`), "target_not_found");
  }
  assert.equal((await project.expect(426, "GET", `/v1/sessions/${session.id}/connect`)).code, "upgrade_required");
  await project.release(session.id);
  assert.equal(await code(410, "GET", "/version"), "session_gone");
  assert.equal((await project.expect(409, "GET", `/v1/sessions/${session.id}/live-details`)).code, "session_ended");
});

test("live details list the open tabs", async () => {
  const { project, session, ask } = await openDevtools();
  const details = () => project.expect(200, "GET", `/v1/sessions/${session.id}/live-details`);
  const { id } = await ask(`/new?url=${encodeURIComponent(`${site.url}/details`)}`, "PUT");
  const found = await until("its title is known", async () =>
    (await details()).pages.find((/** @type {LivePage} */ page) => page.id === id && page.title === "Tide"),
  );
  assert.equal(found.url, `${site.url}/details`);
  await project.call("GET", `/v1/sessions/${session.id}/json/close/${id}`);
  await until("it is gone", async () => (await details()).pages.length === 1);
});
