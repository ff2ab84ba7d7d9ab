// A provider that fails for a while: what is tried again, what is given up, and when.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { answers, hangs } from "../browser_run/faults.mjs";
import { expectProblem, expectStatus } from "../support/http.mjs";
import { openService, refusedUpgrade } from "../support/service.mjs";
import { until } from "../support/waits.mjs";
import { noneLeft, ONE_SLOT, whenFree } from "./provider_faults.mjs";

/**
 * @import { SessionData } from "../../src/client/types.ts"
 * @import { Incoming } from "../browser_run/faults.mjs"
 * @import { BrowserRun } from "../browser_run/simulator.mjs"
 * @import { Answer } from "../support/http.mjs"
 * @import { Service } from "../support/service.mjs"
 */

// The service's own limit for the answer to a close, and what a loaded machine adds to it.
const CLOSE_LIMIT_MS = 5000;
const SLACK_MS = 4000;
const LOST_WITHIN_MS = 10_000;

/** @param {{verifiedAt: string | null}} session */
const at = ({ verifiedAt }) => Date.parse(verifiedAt ?? "");

// Each with a service of its own, all at once: they are about waiting.
describe("in its own time", { concurrency: true }, () => {
  /**
   * @param {string} name
   * @param {(service: Service, provider: BrowserRun) => Promise<void>} body
   */
  const alone = (name, body) =>
    test(name, async (t) => {
      const service = await openService(ONE_SLOT, t);
      await body(service, service.provider);
      await noneLeft(service.provider);
    });

  alone(
    "a failed close is repeated with growing delays until the provider confirms it",
    async (/** @type {Service} */ service, /** @type {BrowserRun} */ provider) => {
      const project = service.newProject();
      const { id } = await project.live();
      const browser = provider.newest();
      provider.next("close", answers(500), answers(503));
      const { session } = expectStatus(await project.release(id), 200).body;
      assert.equal(session.status, "released");
      assert.equal(session.closing, true);
      assert.equal((await project.session(id)).closing, true);
      const ended = await project.ended(id);
      assert.equal("closing" in ended, false);
      assert.equal(ended.endedAt, session.endedAt);
      const [first, second, third, ...more] = provider.made("close", browser).map(({ at }) => at);
      assert.deepEqual(more, []);
      assert.ok(second - first >= 950, `1 s after the first: ${second - first}`);
      assert.ok(third - second >= 1950, `2 s after the second: ${third - second}`);
    },
  );

  for (const [name, reaction] of /** @type {const} */ ([
    ["closing", answers(200, { body: { status: "closing" } })],
    ["something else", answers(200, { body: "fine" })],
  ])) {
    alone(
      `a close that is answered ${name} is checked until it is done`,
      async (/** @type {Service} */ service, /** @type {BrowserRun} */ provider) => {
        const project = service.newProject();
        const { id } = await project.live();
        const browser = provider.newest();
        provider.next("close", reaction, reaction);
        assert.equal(expectStatus(await project.release(id), 200).body.session.closing, true);
        await project.ended(id);
        assert.equal(provider.made("close", browser).length, 3);
      },
    );
  }

  alone(
    "a hanging close is queued, and delays neither its caller nor the slot",
    async (/** @type {Service} */ service, /** @type {BrowserRun} */ provider) => {
      const project = service.newProject();
      const { id } = await project.live();
      const browser = provider.newest();
      provider.next("close", hangs);
      const began = Date.now();
      const released = project.release(id);
      const other = await whenFree(project);
      const { session } = expectStatus(await released, 200).body;
      assert.ok(Date.now() - began < CLOSE_LIMIT_MS + SLACK_MS);
      assert.equal(session.closing, true);
      await project.release(other.id);
      await project.ended(id);
      assert.equal(provider.made("close", browser).length, 2);
    },
  );

  alone(
    "hanging closes delay no release and no create, in any number",
    async (/** @type {Service} */ service, /** @type {BrowserRun} */ provider) => {
      const project = service.newProject();
      provider.always("close", hangs);
      const releases = [];
      for (let n = 0; n < 8; n += 1) {
        const { id } = await whenFree(project);
        const began = Date.now();
        releases.push(
          project.release(id).then((/** @type {Answer} */ answer) => ({ answer, took: Date.now() - began })),
        );
      }
      assert.equal(provider.made("acquire").length, 8, "all were created while closes hung");
      for (const { answer, took } of await Promise.all(releases)) {
        assert.equal(expectStatus(answer, 200).body.session.closing, true);
        assert.ok(took < CLOSE_LIMIT_MS + SLACK_MS, `answered after ${took} ms`);
      }
      // None is forgotten: each is closed once the provider answers.
      provider.usual();
      await until("all are closed", () => provider.running().length === 0, 60_000);
      // And none has piled up meanwhile: an attempt that waits for its turn is not made a second time.
      for (const id of new Set(provider.made("close").map(({ browser = "" }) => browser))) {
        const browser = { id };
        assert.ok(
          provider.made("close", browser).length <= 3,
          `${provider.made("close", browser).length} attempts for one`,
        );
      }
    },
  );

  alone(
    "a window that does not answer fails after a time limit, and its browser is closed",
    async (/** @type {Service} */ service, /** @type {BrowserRun} */ provider) => {
      const project = service.newProject();
      const sessionId = randomUUID();
      provider.cdp["Browser.getWindowForTarget"] = () => undefined;
      expectProblem(await project.create({ sessionId }), 504, "provider_timeout");
      assert.equal((await project.ended(sessionId)).releaseReason, "startup_failed");
      assert.equal(provider.made("close", provider.newest()).length, 1);
    },
  );

  alone(
    "a lost browser ends its session within 10 s, and a browser that is only missing from the list does not",
    async (/** @type {Service} */ service, /** @type {BrowserRun} */ provider) => {
      const projects = Array.from({ length: 3 }, () => service.newProject());
      /** @type {SessionData[]} */
      const sessions = [];
      const browsers = [];
      for (const project of projects) {
        sessions.push(await project.live());
        browsers.push(provider.newest());
      }
      browsers[1].listed = false;
      browsers[2].listed = false;
      provider.always("look", answers(500), browsers[2]);
      provider.kill(browsers[0]);

      const ended = await until(
        "the lost browser is noticed",
        async () => {
          const session = await projects[0].session(sessions[0].id);
          return session.status !== "live" && session;
        },
        LOST_WITHIN_MS,
      );
      assert.equal(ended.status, "failed");
      assert.equal(ended.releaseReason, "browser_crashed");
      assert.equal(ended.failure?.code, "browser_crashed");
      assert.equal("closing" in ended, false);
      expectProblem(await refusedUpgrade(ended.websocketUrl), 410, "session_gone");
      const again = await projects[0].live();
      await projects[0].release(again.id);

      // Two more rounds, so that both have been asked about by name.
      for (const browser of browsers.slice(1)) {
        await until("it was asked about twice", () => provider.made("look", browser).length >= 2);
      }
      for (const at of [1, 2]) {
        const session = await projects[at].session(sessions[at].id);
        assert.equal(session.status, "live");
        await projects[at].release(session.id);
      }
    },
  );

  alone(
    "no browser counts as lost until the provider's list can be read",
    async (/** @type {Service} */ service, /** @type {BrowserRun} */ provider) => {
      const project = service.newProject();
      /** @param {{usual: Incoming["usual"]}} options */
      const unreadable = async ({ usual }) => ({ status: 200, body: [...usual().body, { name: "?" }] });
      provider.next("list", answers(500), unreadable);
      const { id, verifiedAt } = await project.live();
      const browser = provider.newest();
      await until("the list was asked for, in vain", () => provider.made("list").length >= 2);
      const session = await project.session(id);
      assert.equal(session.status, "live");
      assert.equal(session.verifiedAt, verifiedAt);
      assert.equal(provider.made("look", browser).length, 0);
      await until("it is verified", async () => at(await project.session(id)) > at({ verifiedAt }));
      await project.release(id);
    },
  );
});
