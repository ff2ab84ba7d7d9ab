// Tests that each have a live session of their own, and leave no browser.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

/**
 * @import { CreateOptions, SessionData } from "../../src/client/types.ts"
 * @import { Browser } from "../browser_run/browser.mjs"
 * @import { Project } from "../support/project.mjs"
 * @import { Service } from "../support/service.mjs"
 *
 * @typedef {{project: Project<Service>, session: SessionData, browser: Browser}} Live
 */

/**
 * After each test of the file the provider is as usual, and no browser runs.
 *
 * @param {Service} service
 * @returns {(name: string, options: unknown, body: (live: Live) => Promise<unknown>) => void} makes a test that runs
 * with a live session, and releases it. `options` of the create
 */
export function liveSessions(service) {
  const { provider } = service;
  afterEach(() => {
    provider.usual();
    assert.deepEqual(provider.running(), []);
  });
  return (name, options, body) => {
    test(name, async () => {
      const project = service.newProject();
      const session = await project.live(options);
      const browser = provider.newest();
      try {
        await body({ project, session, browser });
      } finally {
        await project.releaseAll();
      }
    });
  };
}
