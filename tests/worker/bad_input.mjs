// Setup for tests that send bad input: sessions that must stay unharmed, and the checks after each
// test.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { expectStatus } from "../support/http.mjs";
import { openService } from "../support/service.mjs";

/** @import { Problem } from "../support/http.mjs" */

export const BODY_BYTES_MAX = 64 * 1024;

/**
 * Opens the scene. Call `creating` instead of `test` where browsers are started, and `checkUnharmed` at the file's end.
 */
export async function openBadInput() {
  const service = await openService();
  const { provider } = service;
  const [project, stranger] = [service.newProject(), service.newProject()];
  const live = await project.live({ timeout: 600_000, metadata: { kept: "1" } });
  const ended = await project.live();
  await project.release(ended.id);
  const others = await stranger.live();
  let acquired = provider.made("acquire").length;

  afterEach(async () => {
    assert.equal(provider.made("acquire").length, acquired, "no browser was asked for");
    expectStatus(await service.send("GET", "/v1/health"), 200);
  });

  /**
   * A test that starts browsers and leaves no browser running.
   *
   * @param {string} name
   * @param {() => Promise<void>} body
   */
  const creating = (name, body) => {
    test(name, async () => {
      await body();
      acquired = provider.made("acquire").length;
      assert.equal(provider.running().length, 2, "only those of the scene still run");
    });
  };

  const checkUnharmed = () => {
    test("the sessions that were live before are still live, and unchanged", async () => {
      for (const [owner, { id }] of /** @type {const} */ ([
        [project, live],
        [stranger, others],
      ])) {
        assert.equal((await owner.session(id)).status, "live");
        await owner.release(id);
      }
      const { timeout, metadata } = await project.session(live.id);
      assert.equal(timeout, 600_000);
      assert.deepEqual(metadata, { kept: "1" });
      assert.deepEqual(provider.running(), []);
    });
  };

  return { service, provider, project, stranger, live, ended, others, creating, checkUnharmed };
}

/**
 * A value as a part of a test's name.
 *
 * @param {unknown} value
 */
export function show(value) {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return text.length > 70 ? `${text.slice(0, 67)}…` : text;
}

/**
 * The places that a problem names, sorted.
 *
 * @param {Problem} problem
 */
export const pointers = ({ errors }) => errors.map(({ pointer }) => pointer).sort();
