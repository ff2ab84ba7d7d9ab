// Counts passed and failed tests from the output of a step. A step that did not succeed never has zero failures.

/** @typedef {{passed: number, failed: number}} Totals */
/** @typedef {import("../support/command.mjs").CommandResult} CommandResult */

/**
 * The totals of a check that only has an exit code.
 *
 * @param {Pick<CommandResult, "code">} ended
 * @returns {Totals}
 */
export function checkTotals({ code }) {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * The sum over all test binaries of `cargo test`.
 *
 * @param {Pick<CommandResult, "code" | "lines">} ended
 * @returns {Totals}
 */
export function cargoTotals({ code, lines }) {
  let passed = 0;
  let failed = 0;
  for (const line of lines) {
    const result = /^test result: .* (\d+) passed; (\d+) failed;/.exec(line);
    passed += Number(result?.[1] ?? 0);
    failed += Number(result?.[2] ?? 0);
  }
  return atLeastOneFailure(code, { passed, failed });
}

/**
 * The totals at the end of a TAP report of node:test. A report that broke off has none.
 *
 * @param {{code: number | null, report: string}} ended
 * @returns {Totals}
 */
export function tapTotals({ code, report }) {
  // The runner prints the last such line. A test may have printed earlier ones.
  const count = (/** @type {string} */ name) =>
    Number([...report.matchAll(new RegExp(`^# ${name} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
  return atLeastOneFailure(code, { passed: count("pass"), failed: count("fail") + count("cancelled") });
}

/**
 * Tests that can't be compiled, a killed runner and a folder without tests report no failure, and yet failed.
 *
 * @param {number | null} code
 * @param {Totals} totals
 * @returns {Totals}
 */
function atLeastOneFailure(code, { passed, failed }) {
  const succeeded = code === 0 && passed + failed > 0;
  return { passed, failed: succeeded ? failed : Math.max(failed, 1) };
}
