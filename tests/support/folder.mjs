// Temporary folders of tests.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/**
 * A folder that is removed after the file's tests; after one test, if its context is given.
 *
 * @param {{after: (remove: () => void) => void}} [context]
 */
export function makeFolder(context = { after }) {
  const folder = mkdtempSync(join(tmpdir(), "tidewatch-test-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
