// Keys and tokens that give no right.

import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { mintKey } from "../../scripts/keys/key.mjs";
import { expectProblem } from "../support/http.mjs";
import { refusedUpgrade } from "../support/service.mjs";
import { SocketClient } from "../support/socket_client.mjs";
import { openBadInput } from "./bad_input.mjs";

/** @import { HeaderValues } from "../support/http.mjs" */

const { service, provider, project, live, ended, others, checkUnharmed, stranger } = await openBadInput();

describe("a key", () => {
  /**
   * @param {HeaderValues} headers
   * @param {string} code
   */
  const refused = async (headers, code) => {
    for (const [method, path] of [
      ["GET", "/v1/sessions"],
      ["POST", "/v1/sessions"],
      ["GET", `/v1/sessions/${live.id}`],
      ["PATCH", `/v1/sessions/${live.id}`],
      ["POST", `/v1/sessions/${live.id}/release`],
      ["POST", "/v1/sessions/release"],
      ["GET", `/v1/sessions/${live.id}/live-details`],
      ["GET", `/v1/sessions/${live.id}/json/list`],
      ["GET", `/v1/sessions/${live.id}/connect`],
    ]) {
      expectProblem(await service.send(method, path, { headers }), 401, code);
    }
  };

  test("is required", async () => {
    await refused({}, "missing_key");
    await refused({ authorization: "" }, "missing_key");
    await refused({ "x-api-key": "" }, "missing_key");
    await refused({ authorization: `Basic ${project.key}` }, "missing_key");
  });

  test("of another deployment is refused", async () => {
    const key = mintKey({ secret: "x".repeat(32), project: project.name });
    await refused({ authorization: `Bearer ${key}` }, "invalid_key");
    await refused({ "steel-api-key": key }, "invalid_key");
    await refused({ "x-api-key": key }, "invalid_key");
  });

  test("is not read from a URL", async () => {
    const path = `/v1/sessions?apiKey=${project.key}`;
    expectProblem(await service.send("GET", path), 401, "missing_key");
  });

  test("is refused if any of its characters is changed", async () => {
    const { key } = project;
    const wrong = [...key].map((char, at) => key.slice(0, at) + (char === "a" ? "b" : "a") + key.slice(at + 1));
    const cut = [
      key.slice(0, -1),
      `${key}a`,
      `${key}=`,
      key.toUpperCase(),
      "tw_",
      "tw__",
      `tw_${project.name}_`,
      "undefined",
    ];
    const odd = [
      `${key} ${key}`,
      `tw_${"p".repeat(5000)}_x`,
      key.replace("tw_p", "tw_P"),
      "tw_\u00e9_x",
      "' OR 1=1 --",
    ];
    for (const text of [...wrong, ...cut, ...odd]) {
      const headers = { authorization: `Bearer ${text}` };
      expectProblem(await service.send("GET", "/v1/sessions", { headers }), 401, "invalid_key");
    }
  });
});

describe("a session's token", () => {
  /**
   * @param {string} id
   * @param {string | null | undefined} token
   * @param {string} [rest]
   */
  const socket = (id, token, rest = "connect") =>
    `${service.url.replace("http", "ws")}/v1/sessions/${id}/${rest}?token=${token}`;
  /** @param {string} url */
  const tokenOf = (url) => new URL(url).searchParams.get("token") ?? "";

  test("opens its own session only", async () => {
    const token = tokenOf(live.websocketUrl);
    const { id: second } = await stranger.session(others.id);
    for (const id of [ended.id, second, randomUUID()]) {
      expectProblem(await refusedUpgrade(socket(id, token)), 401, "invalid_token");
      expectProblem(await service.send("GET", `/v1/sessions/${id}/json/list?token=${token}`), 401, "invalid_token");
    }
    const client = await SocketClient.open(socket(live.id, token));
    await client.close();
  });

  test("is not accepted as a key", async () => {
    const token = tokenOf(live.websocketUrl);
    for (const path of ["/v1/sessions", `/v1/sessions/${live.id}`, `/v1/sessions/${live.id}/live-details`]) {
      expectProblem(await service.send("GET", `${path}?token=${token}`), 401, "missing_key");
      expectProblem(await service.send("GET", path, { key: token }), 401, "invalid_key");
    }
    expectProblem(await service.send("POST", `/v1/sessions/${live.id}/release?token=${token}`), 401, "missing_key");
  });

  test("is refused if any of its characters is changed", async () => {
    const token = tokenOf(live.websocketUrl);
    const wrong = [...token].map((char, at) => token.slice(0, at) + (char === "a" ? "b" : "a") + token.slice(at + 1));
    const [interact, view] = [tokenOf(live.sessionViewerUrl), tokenOf(live.sessionWatchUrl)];
    const raised = [
      view.replace("view", "connect"),
      view.replace("view", "interact"),
      interact.replace("interact", "connect"),
    ];
    const cut = ["", token.slice(0, -1), `${token}a`, `${token}.`, `${token}=`, token.toUpperCase(), "...", ...raised];
    for (const text of [...wrong, ...cut]) {
      const path = `/v1/sessions/${live.id}/json/version?token=${encodeURIComponent(text)}`;
      expectProblem(await service.send("GET", path), 401, "invalid_token");
    }
    expectProblem(await refusedUpgrade(socket(live.id, wrong.at(-1))), 401, "invalid_token");
  });

  test("must be valid even with a valid key", async () => {
    const path = `/v1/sessions/${live.id}/json/version?token=nonsense`;
    expectProblem(await project.call("GET", path), 401, "invalid_token");
  });

  test("for the viewer can't drive", async () => {
    const [{ id }] = [...provider.browsers.values()][0].targets;
    for (const token of [tokenOf(live.sessionViewerUrl), tokenOf(live.sessionWatchUrl)]) {
      for (const rest of ["connect", `page/${id}`]) {
        expectProblem(await refusedUpgrade(socket(live.id, token, rest)), 403, "forbidden");
      }
    }
  });

  test("of a session that has ended is refused", async () => {
    expectProblem(await refusedUpgrade(ended.websocketUrl), 410, "session_gone");
    expectProblem(await refusedUpgrade(socket(ended.id, tokenOf(ended.websocketUrl), "page/ABC")), 410, "session_gone");
  });
});

checkUnharmed();
