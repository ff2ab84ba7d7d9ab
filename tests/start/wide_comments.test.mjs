// Which lines count as a comment that is too wide.

import assert from "node:assert/strict";
import { test } from "node:test";

import { findWide } from "../../scripts/test/wide_comments.mjs";

/** @param {string} start */
const wide = (start) => `${start}${"x ".repeat(60)}`;

test("a comment of more than 120 columns is reported with its location", () => {
  for (const start of ["// ", "/// ", "//! ", "/** ", " * ", "  /* "])
    assert.deepEqual(findWide("a.rs", `fine\n${wide(start)}`).length, 1, start);
  assert.match(findWide("a.rs", `fine\n${wide("// ")}`)[0], /^a\.rs:2: 123 columns$/);
});

test("code, rules of a style sheet, long links and tables are not reported", () => {
  const link = `// https://example.com/${"x".repeat(120)}`;
  for (const line of [wide("const a = "), wide("  * { margin: 0 } "), link, wide("/// | a | "), wide(" * | a | ")])
    assert.deepEqual(findWide("a.js", line), [], line);
});

test("columns are characters, not bytes", () => {
  assert.deepEqual(findWide("a.rs", `// ${"…".repeat(117)}`), []);
});
