// How `npm test` counts: whatever fails, at least one failure is in the total.

import assert from "node:assert/strict";
import { test } from "node:test";

import { runCommand } from "../../scripts/support/command.mjs";
import { cargoTotals, checkTotals, tapTotals } from "../../scripts/test/totals.mjs";
import { isAlive, findProcess } from "../../scripts/support/processes.mjs";
import { until } from "../support/waits.mjs";

test("a check counts as one", () => {
  assert.deepEqual(checkTotals({ code: 0 }), { passed: 1, failed: 0 });
  assert.deepEqual(checkTotals({ code: null }), { passed: 0, failed: 1 });
});

test("cargo's totals are summed over its binaries", () => {
  const lines = [
    "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
    "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
  ];
  assert.deepEqual(cargoTotals({ code: 101, lines }), { passed: 15, failed: 2 });
  assert.deepEqual(cargoTotals({ code: 0, lines: lines.slice(0, 1) }), { passed: 12, failed: 0 });
});

test("tests that do not compile, or report nothing, have failed", () => {
  assert.deepEqual(cargoTotals({ code: 101, lines: ["error: could not compile"] }), { passed: 0, failed: 1 });
  assert.deepEqual(cargoTotals({ code: 0, lines: [] }), { passed: 0, failed: 1 });
  assert.deepEqual(tapTotals({ code: 0, report: "" }), { passed: 0, failed: 1 });
  assert.deepEqual(tapTotals({ code: 0, report: "# tests 0\n# pass 0\n# fail 0\n# cancelled 0\n" }), {
    passed: 0,
    failed: 1,
  });
});

test("a runner that fails although its tests passed has failed", () => {
  assert.deepEqual(tapTotals({ code: 1, report: "# pass 3\n# fail 0\n# cancelled 0\n" }), { passed: 3, failed: 1 });
});

test("output of a test does not count as totals, and a cancelled test has failed", () => {
  const report = "# pass 100\nok 1 - one\n# pass 1\n# fail 1\n# cancelled 2\n";
  assert.deepEqual(tapTotals({ code: 1, report }), { passed: 1, failed: 3 });
});

test("a command that hangs ends at its limit, with its children", async () => {
  const script = "sleep 600 & echo $!; wait";
  const { code, how, lines } = await runCommand(["sh", "-c", script], { limitMs: 300 });
  assert.equal(code, null);
  assert.match(how, /time limit/);
  const child = findProcess(Number(lines[0]));
  if (child) await until("its child is gone", () => !isAlive(child), 60_000);
});

test("a missing command is distinguished from a failing command", async () => {
  assert.match((await runCommand(["no-such-command"])).how, /can't be started/);
  assert.equal((await runCommand(["sh", "-c", "exit 3"])).how, "ended with code 3");
});
