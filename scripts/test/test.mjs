// `npm test`: sets up what is missing, then checks and tests everything. `--only PART` does a part.
// A failing step stops nothing. The last line is the total: `N passed, N failed`.

import { parseArgs } from "node:util";

import { sweepRuns } from "../serve/run.mjs";
import { setUp } from "../setup/setup.mjs";
import { report, StepFailed } from "../support/step.mjs";
import { PARTS, suite } from "./suite.mjs";

const total = { passed: 0, failed: 0 };
try {
  await main();
} catch (error) {
  report(error);
  total.failed += 1;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);

async function main() {
  const steps = suite(parsePart());
  await sweepRuns();
  await setUp();
  for (const { begin } of steps) begin?.();
  const failures = [];
  for (const step of steps) {
    console.log(`     ${step.name} …`);
    const needed = failures.find((failure) => step.needs?.includes(failure.step));
    const outcome = needed ? notRun(needed) : await step.run().catch(couldNotRun);
    const { passed, failed, seconds } = outcome;
    total.passed += passed;
    total.failed += failed;
    console.log(`${failed ? "FAIL" : "ok  "} ${step.name} (${describe(outcome)}, ${seconds.toFixed(1)} s)`);
    if (failed) failures.push({ step, outcome });
  }
  failures.forEach(print);
}

function parsePart() {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  if (values.only === undefined || PARTS.includes(values.only)) return values.only;
  throw new StepFailed(`\`${values.only}\` is no part of the tests.`, `use one of: ${PARTS.join(", ")}.`);
}

// In other words than the last line's, which is to be the only one of its shape.
function describe({ passed, failed }) {
  return failed ? `${failed} of ${passed + failed} went wrong` : `${passed} of ${passed}`;
}

function notRun({ step }) {
  return { passed: 0, failed: 1, seconds: 0, how: `was not run, because the ${step.name} failed`, lines: [] };
}

// A tool that could not be installed is no reason to leave the other steps out.
function couldNotRun(error) {
  const lines = [error.message, error.next].filter(Boolean).flatMap((text) => text.split("\n"));
  return { passed: 0, failed: 1, seconds: 0, how: "could not be run", lines };
}

function print({ step, outcome }) {
  console.log(`\n──── ${step.name} ${outcome.how}\n`);
  for (const line of outcome.lines) console.log(line);
  console.log("");
}
