// How many passed and failed, read from what a step left: never zero failures for a step that did not succeed.

/** A check holds or not: its exit code says it all. */
export function checkTotals({ code }) {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** The sum over all test binaries of `cargo test`. */
export function cargoTotals({ code, lines }) {
  const results = lines.map((line) => /^test result: .* (\d+) passed; (\d+) failed;/.exec(line)).filter(Boolean);
  const sum = (column) => results.reduce((total, result) => total + Number(result[column]), 0);
  return atLeastOneFailure(code, { passed: sum(1), failed: sum(2) });
}

/** The totals at the end of a TAP report of node:test; one that broke off before them has none. */
export function tapTotals({ code, report }) {
  // The last such line is the runner's; earlier ones are what a test printed.
  const count = (name) => Number([...report.matchAll(new RegExp(`^# ${name} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
  return atLeastOneFailure(code, { passed: count("pass"), failed: count("fail") + count("cancelled") });
}

// Tests that can't be compiled, a runner that is killed and a folder without tests report nothing, and yet failed.
function atLeastOneFailure(code, { passed, failed }) {
  const succeeded = code === 0 && passed + failed > 0;
  return { passed, failed: succeeded ? failed : Math.max(failed, 1) };
}
