// What docs/api.md promises of live details and of DevTools' HTTP endpoints.

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";

import { answers, breaksOff } from "../browser_run/faults.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService } from "../support/service.mjs";

/** @import { SessionData } from "../../src/client/types.ts" */

const service = await openService();
const { provider } = service;

afterEach(() => provider.usual());

describe("live details", () => {
  test("are the browser's real tabs, with URLs of this service", async () => {
    const project = service.newProject();
    const session = await project.live();
    const { targets } = provider.newest();
    targets[0].url = "https://example.com/?a=b";
    const { body } = expectStatus(await project.call("GET", `/v1/sessions/${session.id}/live-details`), 200);
    const names = [
      "browserState",
      "pages",
      "sessionViewerFullscreenUrl",
      "sessionViewerUrl",
      "sessionWatchUrl",
      "websocketUrl",
      "wsUrl",
    ];
    assert.deepEqual(Object.keys(body).sort(), names);
    assert.equal(body.wsUrl, session.websocketUrl);
    assert.equal(body.websocketUrl, session.websocketUrl);
    assert.equal(body.sessionViewerUrl, session.sessionViewerUrl);
    assert.equal(body.sessionWatchUrl, session.sessionWatchUrl);
    assert.equal(body.pages.length, 1);
    const [page] = body.pages;
    assert.deepEqual(Object.keys(page).sort(), [
      "favicon",
      "id",
      "sessionViewerFullscreenUrl",
      "sessionViewerUrl",
      "title",
      "url",
    ]);
    assert.equal(page.id, targets[0].id);
    assert.equal(page.url, "https://example.com/?a=b");
    assert.equal(new URL(page.sessionViewerUrl).searchParams.get("page"), page.id);
    await project.releaseAll();
  });

  test("of an ended session are a conflict", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    await project.release(id);
    expectProblem(await project.call("GET", `/v1/sessions/${id}/live-details`), 409, "session_ended");
  });

  test("of a browser with an invalid answer are a provider error", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    const path = `/v1/sessions/${id}/live-details`;
    for (const [reaction, status, code] of /** @type {const} */ ([
      [answers(200, { body: "<html>" }), 502, "provider_error"],
      [answers(200, { body: { not: "a list" } }), 502, "provider_error"],
      [answers(500), 502, "provider_error"],
    ])) {
      provider.next("json", reaction);
      expectProblem(await project.call("GET", path), status, code);
    }
    expectStatus(await project.call("GET", path), 200);
    await project.releaseAll();
  });
});

describe("DevTools' own endpoints", () => {
  /**
   * @param {SessionData} session
   * @param {string} rest
   */
  const path = (session, rest) => `/v1/sessions/${session.id}/json${rest}`;
  /** @param {SessionData} session */
  const token = (session) => new URL(session.websocketUrl).search;

  test("have URLs of this host, with this session's token", async () => {
    const project = service.newProject();
    const session = await project.live();
    const { host } = new URL(service.url);
    for (const rest of ["/version", "/version/"]) {
      const { body } = expectStatus(await service.send("GET", path(session, rest) + token(session)), 200);
      assert.equal(body.webSocketDebuggerUrl, session.websocketUrl);
      assert.equal(body.Browser, "Chrome/1.2.3.4");
    }
    for (const rest of ["", "/", "/list", "/list/"]) {
      const { body } = expectStatus(await service.send("GET", path(session, rest) + token(session)), 200);
      const [target] = provider.newest().targets;
      const socket = `ws://${host}/v1/sessions/${session.id}/page/${target.id}${token(session)}`;
      assert.equal(body[0].webSocketDebuggerUrl, socket);
      const frontend = new URL(body[0].devtoolsFrontendUrl);
      assert.equal(`ws://${frontend.searchParams.get("ws")}`, socket);
      assert.equal(JSON.stringify(body).includes(new URL(provider.url).host), false);
    }
    const { body: protocol } = expectStatus(await project.call("GET", path(session, "/protocol")), 200);
    assert.equal(protocol.version.major, "1");
    await project.releaseAll();
  });

  test("open, show and close tabs", async () => {
    const project = service.newProject();
    const session = await project.live();
    const { targets } = provider.newest();
    for (const [query, url] of [
      ["", "about:blank"],
      ["?url=https%3A%2F%2Fexample.com%2F%3Fa%3Db%26c%3Dd", "https://example.com/?a=b&c=d"],
      ["?https://example.com/", "https://example.com/"],
      // Chrome's own form takes all that follows the question mark; beside it a client of ours has its token.
      ["?https://example.com/?a=b&c=d%20e", "https://example.com/?a=b&c=d e"],
      [`?https://example.com/?a=b&${token(session).slice(1)}`, "https://example.com/?a=b"],
    ]) {
      const { body } = expectStatus(await project.call("PUT", path(session, `/new${query}`)), 200);
      assert.equal(targets.at(-1)?.url, url);
      assert.equal(body.id, targets.at(-1)?.id);
      const activated = expectStatus(await project.call("GET", path(session, `/activate/${body.id}`)), 200);
      assert.match(activated.text, /activated/i);
      expectStatus(await project.call("GET", path(session, `/close/${body.id}`)), 200);
      assert.equal(targets.length, 1);
      expectProblem(await project.call("GET", path(session, `/close/${body.id}`)), 404, "target_not_found");
      expectProblem(await project.call("GET", path(session, `/activate/${body.id}`)), 404, "target_not_found");
    }
    await project.releaseAll();
  });

  test("distinguish an unknown tab from a failing provider", async () => {
    const project = service.newProject();
    const session = await project.live();
    const [{ id }] = provider.newest().targets;
    for (const [reaction, status, code] of /** @type {const} */ ([
      [answers(500), 502, "provider_error"],
      [breaksOff, 502, "provider_error"],
      [answers(404), 404, "target_not_found"],
    ])) {
      for (const rest of [`/activate/${id}`, `/close/${id}`]) {
        provider.always("json", reaction);
        expectProblem(await project.call("GET", path(session, rest)), status, code);
        provider.usual();
      }
    }
    assert.equal(provider.newest().targets.length, 1);
    await project.releaseAll();
  });

  test("give a view token no URL that can drive", async () => {
    const project = service.newProject();
    const session = await project.live();
    for (const [url, more] of /** @type {const} */ ([
      [session.sessionViewerUrl, ["connect."]],
      [session.sessionWatchUrl, ["connect.", "interact."]],
    ])) {
      const search = `?token=${new URL(url).searchParams.get("token")}`;
      for (const rest of ["/version", "/list"]) {
        const { text } = expectStatus(await service.send("GET", path(session, rest) + search), 200);
        for (const right of more) assert.equal(text.includes(right), false, right);
      }
      expectProblem(await service.send("PUT", path(session, "/new") + search), 403, "forbidden");
      const [{ id }] = provider.newest().targets;
      expectProblem(await service.send("GET", path(session, `/activate/${id}`) + search), 403, "forbidden");
      expectProblem(await service.send("GET", path(session, `/close/${id}`) + search), 403, "forbidden");
    }
    await project.releaseAll();
  });

  test("of an ended session answer 410", async () => {
    const project = service.newProject();
    const session = await project.live();
    await project.release(session.id);
    expectProblem(await service.send("GET", path(session, "/list") + token(session)), 410, "session_gone");
  });
});
