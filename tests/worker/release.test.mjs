// What docs/api.md promises of releases, on a provider where all goes well.

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";

import { answers, gate } from "../browser_run/faults.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService } from "../support/service.mjs";
import { until } from "../support/waits.mjs";
import { checkSession } from "./session_view.mjs";

/** @import { Project } from "../support/project.mjs" */

const service = await openService();
const { provider } = service;

afterEach(() => provider.usual());

/** @param {Project} project @param {string} query */
const sum = (project, query) => project.list(query).then(({ body }) => body.totalCount);

describe("release", () => {
  test("ends the session and closes its browser before it answers", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    const browser = provider.newest();
    const { body } = expectStatus(await project.release(id), 200);
    assert.deepEqual(Object.keys(body).sort(), ["message", "session", "success"]);
    assert.equal(body.success, true);
    assert.equal(typeof body.message, "string");
    checkSession(body.session, service);
    assert.equal(body.session.status, "released");
    assert.equal(body.session.releaseReason, "user_requested");
    assert.equal("closing" in body.session, false);
    assert.equal(browser.alive, false);
  });

  test("is idempotent, also for two calls at once", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    const browser = provider.newest();
    const both = await Promise.all([project.release(id), project.release(id)]);
    const again = await project.release(id);
    const ends = [...both, again].map((answer) => expectStatus(answer, 200).body.session);
    assert.equal(new Set(ends.map(({ endedAt }) => endedAt)).size, 1);
    assert.equal(new Set(ends.map(({ releaseReason }) => releaseReason)).size, 1);
    assert.equal(provider.made("close", browser).length, 1);
  });

  test("accepts the empty JSON body of published clients", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    const headers = { "content-type": "application/json" };
    expectStatus(await project.call("POST", `/v1/sessions/${id}/release`, { headers, body: "" }), 200);
    expectStatus(await project.call("POST", `/v1/sessions/${id}/release`, { headers, body: "{}" }), 200);
  });
});

describe("release all", () => {
  test("ends the sessions that match its filters and no others", async () => {
    const project = service.newProject();
    const a = await project.live({ owner: "a", metadata: { run: "1" } });
    const b = await project.live({ owner: "a", metadata: { run: "2" } });
    const c = await project.live({ owner: "c", metadata: { run: "1" } });
    /** @param {string} query */
    const release = async (query) => {
      const { body } = expectStatus(await project.releaseAll(query), 200);
      assert.deepEqual(Object.keys(body).sort(), ["message", "results", "success"]);
      assert.equal(body.success, true);
      return body.results;
    };
    assert.deepEqual(await release("?owner=nobody"), []);
    assert.deepEqual(await release("?owner=a&metadata[run]=1"), [{ id: a.id, outcome: "released" }]);
    assert.deepEqual(
      await release(`?createdBefore=${c.createdAt}&metadata[run]=1`),
      [],
      "not the one created just then",
    );
    assert.deepEqual(await release(`?createdBefore=${encodeURIComponent(c.createdAt)}`), [
      { id: b.id, outcome: "released" },
    ]);
    assert.equal((await project.session(c.id)).status, "live");
    assert.deepEqual(await release(""), [{ id: c.id, outcome: "released" }]);
    assert.deepEqual(await release(""), [], "safe to repeat");
    assert.equal(await sum(project, "?status=released"), 3);
  });

  test("names the sessions in a dry run, and ends none", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    for (const word of ["true", "1"]) {
      const { body } = expectStatus(await project.releaseAll(`?dryRun=${word}`), 200);
      assert.deepEqual(body.results, [{ id, outcome: "would_release" }]);
    }
    assert.equal((await project.session(id)).status, "live");
    const { body } = await project.releaseAll("?dryRun=false");
    assert.deepEqual(body.results, [{ id, outcome: "released" }]);
  });

  test("names the browsers that the provider has not closed yet", async () => {
    const project = service.newProject();
    const { id } = await project.live();
    provider.always("close", answers(500), provider.newest());
    const { body } = expectStatus(await project.releaseAll(), 200);
    assert.deepEqual(body.results, [{ id, outcome: "closing" }]);
    provider.usual();
    await project.ended(id);
  });

  test("ends starting sessions as well", async () => {
    const project = service.newProject();
    const held = gate();
    provider.next("acquire", held.reaction);
    const created = project.create({ owner: "slow" });
    await held.arrived;
    const { body } = expectStatus(await project.releaseAll("?owner=slow"), 200);
    assert.equal(body.results.length, 1);
    expectProblem(await created, 409, "released_while_starting");
    held.open();
    await until("the late browser is closed", () => provider.newest().alive === false);
  });

  test("ends no session of another project", async () => {
    const [one, other] = [service.newProject(), service.newProject()];
    const { id } = await other.live({ owner: "a" });
    await one.releaseAll();
    await one.releaseAll("?owner=a");
    assert.equal((await other.session(id)).status, "live");
    await other.releaseAll();
  });
});
