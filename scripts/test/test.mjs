// `npm test`: installs what is missing, then checks and tests everything. `--only PART` does one part.
// A failed step stops no other. The last line is the total: `N passed, N failed`.

import { parseArgs } from "node:util";

import { sweepRuns } from "../serve/run.mjs";
import { setUp } from "../setup/setup.mjs";
import { print } from "../support/progress.mjs";
import { report, StepFailed } from "../support/step.mjs";
import { PARTS, suite } from "./suite.mjs";

/** @typedef {import("./suite.mjs").Step} Step */
/** @typedef {import("./suite.mjs").Outcome} Outcome */

const SLOWEST = 6;

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
  const began = Date.now();
  const steps = suite(parsePart());
  await sweepRuns();
  await setUp();
  for (const { begin } of steps) begin?.();
  const outcomes = await runLanes(steps);
  for (const { passed, failed } of outcomes.values()) {
    total.passed += passed;
    total.failed += failed;
  }
  for (const [step, outcome] of outcomes) if (outcome.failed > 0) printFailure(step, outcome);
  printSlowest(outcomes, (Date.now() - began) / 1000);
}

function parsePart() {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  if (values.only === undefined || PARTS.includes(values.only)) return values.only;
  throw new StepFailed(`\`${values.only}\` is no part of the tests.`, `use one of: ${PARTS.join(", ")}.`);
}

/**
 * Runs the steps: the lanes `compile` and `wait` side by side, then the lane `alone`.
 *
 * @param {Step[]} steps
 * @returns {Promise<Map<Step, Outcome>>}
 */
async function runLanes(steps) {
  /** @type {Map<Step, Outcome>} */
  const outcomes = new Map();
  const runLane = async (/** @type {import("./suite.mjs").Lane} */ lane) => {
    for (const step of steps.filter((step) => step.lane === lane)) await settle(step, outcomes);
  };
  await Promise.all([runLane("compile"), runLane("wait")]);
  await runLane("alone");
  return outcomes;
}

/**
 * Runs a step after those that it needs, unless one of them failed.
 *
 * @param {Step} step
 * @param {Map<Step, Outcome>} outcomes
 */
async function settle(step, outcomes) {
  print(`     ${step.name} …`);
  // A needed build is a step of the lane `wait`. A step of another lane may come first.
  const needs = await Promise.all((step.needs ?? []).map(async (need) => ({ need, outcome: await need.run() })));
  const failure = needs.find(({ outcome }) => outcome.failed > 0);
  const outcome = failure ? notRun(failure.need) : await step.run().catch(couldNotRun);
  outcomes.set(step, outcome);
  print(`${outcome.failed ? "FAIL" : "ok  "} ${step.name} (${describe(outcome)}, ${outcome.seconds.toFixed(1)} s)`);
}

/**
 * In other words than the last line's, which must be the only one of its shape.
 *
 * @param {Outcome} outcome
 */
function describe({ passed, failed }) {
  return failed ? `${failed} of ${passed + failed} went wrong` : `${passed} of ${passed}`;
}

/**
 * @param {Step} step
 * @returns {Outcome}
 */
function notRun({ name }) {
  return { passed: 0, failed: 1, seconds: 0, how: `was not run, because the ${name} failed`, lines: [] };
}

/**
 * A tool that could not be installed fails one step and no others.
 *
 * @param {Error & {next?: string}} error
 * @returns {Outcome}
 */
function couldNotRun({ message, next }) {
  const lines = [message, next].filter((text) => text !== undefined).flatMap((text) => text.split("\n"));
  return { passed: 0, failed: 1, seconds: 0, how: "could not be run", lines };
}

/**
 * @param {Step} step
 * @param {Outcome} outcome
 */
function printFailure(step, outcome) {
  console.log(`\n──── ${step.name} ${outcome.how}\n`);
  for (const line of outcome.lines) console.log(line);
  console.log("");
}

/**
 * @param {Map<Step, Outcome>} outcomes
 * @param {number} seconds
 */
function printSlowest(outcomes, seconds) {
  const slowest = [...outcomes].sort(([, one], [, other]) => other.seconds - one.seconds).slice(0, SLOWEST);
  const parts = slowest.map(([{ name }, { seconds }]) => `${name} ${seconds.toFixed(0)} s`);
  console.log(`Slowest of ${seconds.toFixed(0)} s: ${parts.join(", ")}.`);
}
