// How many sessions a project may have at once.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";

import { openService } from "./service.mjs";

/** @import { Project } from "./service.mjs" */

const service = await openService({ vars: { LIVE_SESSIONS_MAX: "2" } });
after(() => service.dispose());

/**
 * @param {Project} project
 * @param {unknown} [body]
 */
const create = (project, body = {}) => project.call("POST", "/v1/sessions", { body });

test("a third session is refused with the holders of the slots, and works after a release", async () => {
  const project = service.project();
  const [one, two] = [await project.create({ owner: "one" }), await project.create({ timeout: 5000 })];
  const refused = await create(project);
  assert.equal(refused.status, 429);
  assert.equal(refused.body.code, "limit_reached");
  assert.deepEqual(refused.body.holders, [
    { id: one.id, owner: "one", expiresAt: one.expiresAt },
    { id: two.id, expiresAt: two.expiresAt },
  ]);
  const retryAfter = Number(refused.headers.get("retry-after"));
  assert.ok(retryAfter >= 1 && retryAfter <= 5, `a slot is free in 5 s at the latest, and not ${retryAfter} s`);
  assert.equal(service.chromes().length, 2);

  await project.release(one.id);
  const third = await project.create();
  assert.equal(third.status, "live");
  assert.equal((await create(project)).status, 429);
});

test("concurrent creates never pass the limit", async () => {
  const project = service.project();
  const answers = await Promise.all(Array.from({ length: 6 }, () => create(project)));
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual(statuses.toSorted(), [201, 201, 429, 429, 429, 429]);
  assert.equal(service.chromes().length, 2);
  assert.equal((await project.list()).totalCount, 2, "what was refused is no session");
});

test("a session that ends at its timeout frees its slot", async () => {
  const project = service.project();
  await project.create();
  const short = await project.create({ timeout: 2000 });
  assert.equal((await create(project)).status, 429);
  await project.ended(short.id);
  await project.create();
});

test("one project's sessions use no slot of another project", async () => {
  const [one, two] = [service.project(), service.project()];
  await Promise.all([one.create(), one.create()]);
  await two.create();
  assert.deepEqual((await create(one)).body.holders.length, 2);
});

test("a repeated create uses no second slot", async () => {
  const project = service.project();
  const key = { "idempotency-key": randomUUID() };
  const sent = () => project.call("POST", "/v1/sessions", { body: { owner: "again" }, headers: key });
  const answers = await Promise.all([sent(), sent(), sent()]);
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 200, 201]);
  assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  await project.create();
  const repeated = await sent();
  assert.equal(repeated.status, 200, "also where no slot is free");
  assert.equal(repeated.body.id, answers[0].body.id);
  assert.equal(service.chromes().length, 2);
});
