// Tests that each have a live session of their own, and leave no browser.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

/**
 * After each test of the file the provider is as usual, and no browser runs.
 *
 * @returns a function that makes a test which runs with a session that is live, and releases it
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
