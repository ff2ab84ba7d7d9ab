// What a project has used, by the hour and by the day.

import assert from "node:assert/strict";
import { test } from "node:test";

import { answers } from "../browser_run/faults.mjs";
import { makeFolder } from "../support/folder.mjs";
import { expectProblem, expectStatus, ISO } from "../support/http.mjs";
import { openService } from "../support/service.mjs";
import { travel } from "../support/time_travel.mjs";

/**
 * @import { Usage, UsagePeriod } from "../../src/client/types.ts"
 * @import { Project } from "../support/project.mjs"
 * @import { Service } from "../support/service.mjs"
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const service = await openService();

/**
 * @param {Project<Service>} project
 * @param {string} [query]
 * @returns {Promise<Usage>}
 */
const usage = async (project, query = "") => expectStatus(await project.call("GET", `/v1/usage${query}`), 200).body;
/**
 * @param {UsagePeriod[]} periods
 * @param {(period: UsagePeriod) => number} of
 */
const sum = (periods, of) => periods.reduce((n, period) => n + of(period), 0);

test("a project without sessions has 30 days of zeros", async () => {
  const read = await usage(service.newProject());
  assert.equal(read.by, "day");
  assert.equal(read.periods.length, 30);
  assert.equal(Date.parse(read.to) - Date.parse(read.from), 30 * DAY_MS);
  assert.ok(Date.parse(read.to) > Date.now() && Date.parse(read.to) - DAY_MS <= Date.now(), "this day is among them");
  assert.deepEqual(read.limits, { liveMax: 20 });
  assert.deepEqual(read.now, { live: 0, starting: 0, waiting: 0 });
  read.periods.forEach(({ start, ...period }, n) => {
    assert.match(start, ISO);
    assert.equal(Date.parse(start), Date.parse(read.from) + n * DAY_MS);
    const zeros = { browserSeconds: 0, sessions: 0, failures: 0, endsByReason: {}, livePeak: 0, liveAtEnd: 0 };
    assert.deepEqual(period, zeros);
  });
});

test("sessions, failures and ends are counted, and live sessions count up to now", async () => {
  const project = service.newProject();
  const [first] = await Promise.all([project.live({}), project.live({})]);
  await project.release(first.id);
  const { duration } = await project.session(first.id);
  service.provider.next("acquire", answers(500));
  await project.create({});
  const read = await usage(project, "?by=hour");
  // The hour may have turned meanwhile.
  const last = read.periods.slice(-2);
  assert.deepEqual(read.now, { live: 1, starting: 0, waiting: 0 });
  assert.equal(
    sum(last, (/** @type {UsagePeriod} */ { sessions }) => sessions),
    3,
  );
  assert.equal(
    sum(last, ({ failures }) => failures),
    1,
  );
  assert.equal(
    sum(last, ({ endsByReason }) => endsByReason.user_requested ?? 0),
    1,
  );
  assert.equal(
    sum(last, ({ endsByReason }) => endsByReason.startup_failed ?? 0),
    1,
  );
  assert.deepEqual([last[1].liveAtEnd, Math.max(last[0].livePeak, last[1].livePeak)], [1, 2]);
  const used = sum(last, ({ browserSeconds }) => browserSeconds);
  assert.ok(used * 1000 > duration, `${used} s in total, and the ended session was live for ${duration} ms`);
  await project.releaseAll();
});

test("past hours are listed, with the session that was live in them", async (t) => {
  const service = await openService({ persist: makeFolder() }, t);
  const project = service.newProject();
  const { id } = await project.live({ timeout: 3 * HOUR_MS });
  await travel(service, 2 * HOUR_MS);
  const { periods } = await usage(project, "?by=hour");
  const [before, between] = periods.slice(periods.findIndex((/** @type {UsagePeriod} */ { sessions }) => sessions > 0));
  assert.deepEqual([before.sessions, before.liveAtEnd], [1, 1]);
  assert.deepEqual([between.browserSeconds, between.livePeak, between.liveAtEnd], [3600, 1, 1]);
  assert.ok(Number(periods.at(-1)?.browserSeconds) < 3600);
  const { duration } = await project.session(id);
  await project.release(id);
  const after = (await usage(project)).periods;
  assert.ok(sum(after, ({ browserSeconds }) => browserSeconds) >= duration / 1000);
  assert.ok(Math.abs(sum(after, ({ browserSeconds }) => browserSeconds) - 2 * 3600) < 60);
});

test("another project's usage stays empty", async () => {
  const [project, other] = [service.newProject(), service.newProject()];
  await project.live({});
  await project.releaseAll();
  assert.equal(
    sum((await usage(other)).periods, (/** @type {UsagePeriod} */ { sessions }) => sessions),
    0,
  );
});

test("invalid options are named, and a key is required", async () => {
  const project = service.newProject();
  for (const [query, pointer] of [
    ["?by=week", "/by"],
    ["?from=x", "/from"],
    ["?from=2026-01-02&to=2026-01-01", "/to"],
    ["?by=hour&from=2026-01-01&to=2026-03-01", "/to"],
    ["?owner=a", "/owner"],
  ]) {
    const problem = expectProblem(await project.call("GET", `/v1/usage${query}`), 422, "invalid_request");
    assert.equal(problem.errors[0].pointer, pointer, query);
  }
  expectProblem(await service.send("GET", "/v1/usage"), 401, "missing_key");
  expectProblem(await project.call("POST", "/v1/usage"), 405, "method_not_allowed");
});
