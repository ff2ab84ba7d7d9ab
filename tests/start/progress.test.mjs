// What a developer sees while several commands run at once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { runCommand } from "../../scripts/support/command.mjs";

/** Runs two steps side by side in a process of its own, whose output is no terminal. */
const PROGRAM = `
  import { report, runStep } from "./scripts/support/step.mjs";
  const step = (label, script) => runStep({ title: "Building " + label, label, command: ["sh", "-c", script] });
  try { await Promise.all([step("one", "echo first; exit 0"), step("two", process.argv[1])]); }
  catch (error) { report(error); process.exit(1); }
`;

/** @param {string} script */
const run = (script) => runCommand([process.execPath, "--input-type=module", "-e", PROGRAM, script]);

test("each of two steps prints its begin and its end with its name", async () => {
  const { code, lines } = await run("echo second");
  assert.equal(code, 0);
  for (const label of ["one", "two"]) {
    assert.ok(lines.includes(`Building ${label} …`), lines.join("\n"));
    assert.ok(
      lines.some((line) => new RegExp(`^  ${label}: done in [\\d.]+ s$`).test(line)),
      lines.join("\n"),
    );
  }
});

test("a failed step shows the output of its own command only", async () => {
  const { code, lines } = await run("echo second; exit 3");
  assert.equal(code, 1);
  assert.ok(lines.includes("  | second"), lines.join("\n"));
  assert.ok(!lines.includes("  | first"), lines.join("\n"));
  assert.ok(
    lines.some((line) => /Building two: .* ended with code 3/.test(line)),
    lines.join("\n"),
  );
});

test("when one step fails, the commands of the others are ended", async () => {
  const began = Date.now();
  const program = PROGRAM.replace("echo first; exit 0", "sleep 600");
  const { code } = await runCommand([process.execPath, "--input-type=module", "-e", program, "exit 1"]);
  assert.equal(code, 1);
  assert.ok(Date.now() - began < 60_000, "it did not wait for the other step");
});
