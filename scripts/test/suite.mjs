// What `npm test` runs: each step's command, its time limit, how its totals are read, and what may run beside it.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { build } from "../build/build.mjs";
import { buildClient } from "../build/package.mjs";
import { runCommand } from "../support/command.mjs";
import { temporary } from "../support/places.mjs";
import { runStep } from "../support/step.mjs";
import { modernNode } from "../tools/toolchain.mjs";
import { lint } from "./lint.mjs";
import { cargoTotals, checkTotals, tapTotals } from "./totals.mjs";
import { wasmTests } from "./wasm_tests.mjs";

const MINUTE_MS = 60_000;
// From nothing, on 2 cores, under load. What takes longer hangs.
const TESTS_LIMIT_MS = 30 * MINUTE_MS;
const ONE_TEST_LIMIT_MS = 3 * MINUTE_MS;

const SEEDS = "2000";
const SIMULATION = ["--profile", "simulate", "-p", "tidewatch-simulation"];
/**
 * How many test files run at once; 1 where it is not named. On 2 cores two Chromes at a time make each other late.
 * Tests without a Chrome wait most of their time.
 *
 * @type {Readonly<Record<string, number>>}
 */
const FILES_AT_ONCE = { worker: 2 };

/** The values of `--only`. */
export const PARTS = [
  "lint",
  "native",
  "pages",
  "simulation",
  "browser_run",
  "client",
  "package",
  "types",
  "release",
  "worker",
  "start",
  "e2e",
  "histories",
  "faults",
];

/**
 * How a step ended.
 *
 * @typedef {import("./totals.mjs").Totals & Omit<import("../support/command.mjs").CommandResult, "code">} Outcome
 */

/**
 * What may run at the same time. The steps of one lane run one after the other, in the order of the list.
 * `compile` steps need the processor and no punctuality. `wait` steps wait most of their time, and run beside those.
 * `alone` steps drive real browsers, which are late on a busy machine. They begin when all others have ended.
 *
 * @typedef {"compile" | "wait" | "alone"} Lane
 */

/**
 * @typedef {object} Step
 * @property {string} part the value of `--only` that selects it, or `build`
 * @property {string} name
 * @property {Lane} lane
 * @property {Step[]} [needs] steps that must have succeeded
 * @property {() => void} [begin] for a step that may begin with the suite, before its turn
 * @property {() => Promise<Outcome>} run
 */

/**
 * The steps of one part, or all of them. A step that another one needs is included.
 *
 * @param {string} [only] the part
 * @returns {Step[]}
 */
export function suite(only) {
  // In this order, as the tests of the Worker are the longest of their lane.
  const worker = ahead("build of the Worker", "wait", build);
  const client = ahead("build of the client", "wait", buildClient);
  const simulation = ahead("build of the simulation", "compile", buildSimulation);
  /** @type {Step[]} */
  const steps = [
    ...lint(),
    { part: "native", name: "cargo test", lane: "compile", run: runCargoTest },
    simulation,
    {
      part: "simulation",
      name: `simulation of ${SEEDS} seeds`,
      lane: "compile",
      needs: [simulation],
      run: runSimulation,
    },
    nodeTests("pages", "wait"),
    nodeTests("browser_run", "wait"),
    worker,
    client,
    nodeTests("types", "wait", client),
    nodeTests("release", "wait", client),
    nodeTests("worker", "wait", worker),
    nodeTests("histories", "wait", worker),
    nodeTests("package", "alone", client),
    ...wasmTests(),
    // After those, which have installed the drivers of the browsers.
    nodeTests("client", "alone", client),
    nodeTests("start", "alone", worker),
    nodeTests("e2e", "alone", worker, client),
    nodeTests("faults", "alone", worker),
  ];
  const chosen = steps.filter(({ part }) => !only || part === only);
  return steps.filter((step) => chosen.includes(step) || chosen.some(({ needs = [] }) => needs.includes(step)));
}

async function runCargoTest() {
  // Includes the client's Rust face, which needs no browser. The Worker's floor is tested in tests/worker.
  const features = "tidewatch/client,tidewatch/host";
  const packages = ["-p", "tidewatch", "-p", "tidewatch-simulation"];
  const command = ["cargo", "test", "--no-fail-fast", ...packages, "--features", features];
  const ended = await runCommand(command, { label: "cargo test", limitMs: TESTS_LIMIT_MS });
  return { ...ended, ...cargoTotals(ended) };
}

function buildSimulation() {
  return runStep({
    title: "Building the simulation",
    label: "simulation",
    takes: "1 to 3 minutes",
    command: ["cargo", "build", "--quiet", ...SIMULATION],
    next: "correct what the compiler reports above, and run the same again.",
  });
}

async function runSimulation() {
  const command = ["cargo", "run", "--quiet", ...SIMULATION, "--", "--seeds", SEEDS];
  const ended = await runCommand(command, { label: "simulation", limitMs: TESTS_LIMIT_MS });
  return { ...ended, ...checkTotals(ended) };
}

/** The end of all builds that began so far. They run one after the other, as each uses both cores. */
let lastBuild = Promise.resolve();

/**
 * A build that begins with the suite, beside the first steps.
 *
 * @param {string} name
 * @param {Lane} lane
 * @param {() => Promise<unknown>} make
 * @returns {Step}
 */
function ahead(name, lane, make) {
  /** @type {Promise<Outcome> | undefined} */
  let outcome;
  const run = () => {
    if (outcome) return outcome;
    outcome = lastBuild.then(() => runBuild(make));
    lastBuild = outcome.then(() => undefined);
    return outcome;
  };
  return { part: "build", name, lane, begin: run, run };
}

/**
 * @param {() => Promise<unknown>} make
 * @returns {Promise<Outcome>}
 */
async function runBuild(make) {
  const began = Date.now();
  const ended = await make().then(
    () => ({ code: 0, lines: [] }),
    (/** @type {Error} */ { message }) => ({ code: 1, lines: message.split("\n") }),
  );
  return { ...ended, ...checkTotals(ended), how: "failed", seconds: (Date.now() - began) / 1000 };
}

/**
 * The tests of a folder below tests/.
 *
 * @param {string} part
 * @param {Lane} lane
 * @param {Step[]} needs
 * @returns {Step}
 */
function nodeTests(part, lane, ...needs) {
  return { part, name: `tests/${part}`, lane, needs, run: () => runNodeTests(part) };
}

/**
 * @param {string} part
 * @returns {Promise<Outcome>}
 */
async function runNodeTests(part) {
  const folder = mkdtempSync(join(temporary, "tidewatch-report-"));
  try {
    const file = join(folder, "report.tap");
    const ended = await runCommand(nodeTestCommand(part, file), { label: `tests/${part}`, limitMs: TESTS_LIMIT_MS });
    return { ...ended, ...tapTotals({ ...ended, report: readFileSync(file, "utf8") }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Writes two reports: one to read, one to count.
 *
 * @param {string} part
 * @param {string} file
 */
function nodeTestCommand(part, file) {
  return [
    modernNode(),
    "--test",
    `--test-concurrency=${FILES_AT_ONCE[part] ?? 1}`,
    `--test-timeout=${ONE_TEST_LIMIT_MS}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=tap",
    `--test-reporter-destination=${file}`,
    `tests/${part}/**/*.test.mjs`,
  ];
}
