// How much a page loads of the package.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/**
 * The gzipped bytes of one target: its WebAssembly and all its JavaScript.
 *
 * @param {string} folder
 * @param {string} target
 * @returns {{total: number, parts: Record<string, number>}} `parts` by path
 */
export function bundleSize(folder, target) {
  const paths = readdirSync(join(folder, target), { recursive: true, encoding: "utf8" }).filter((path) =>
    /\.(wasm|js)$/.test(path),
  );
  /** @param {string} path */
  const size = (path) => gzipSync(readFileSync(join(folder, target, path)), { level: 9 }).length;
  const parts = Object.fromEntries(paths.map((path) => [path, size(path)]));
  return { total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0), parts };
}
