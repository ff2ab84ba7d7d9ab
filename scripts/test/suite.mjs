// What `npm test` runs, in this order: each step's command, its time limit, and how its totals are read.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { build } from "../build/build.mjs";
import { buildClient } from "../build/package.mjs";
import { runCommand } from "../support/command.mjs";
import { temporary } from "../support/places.mjs";
import { runStep } from "../support/step.mjs";
import { modernNode } from "../tools/toolchain.mjs";
import { cargoTotals, checkTotals, tapTotals } from "./totals.mjs";
import { wasmTests } from "./wasm_tests.mjs";

const MINUTE_MS = 60_000;
// From nothing, on 2 cores, under load. What takes longer hangs.
const CHECK_LIMIT_MS = 15 * MINUTE_MS;
const TESTS_LIMIT_MS = 30 * MINUTE_MS;
const ONE_TEST_LIMIT_MS = 3 * MINUTE_MS;

const SEEDS = "2000";
const SIMULATION = ["--profile", "simulate", "--example", "simulate"];
// On 2 cores two Chromes at a time make each other late. Where there is none, tests wait most of their time.
const FILES_AT_ONCE = { worker: 2 };

/** What `--only` takes. */
export const PARTS = [
  "lint",
  "native",
  "pages",
  "simulation",
  "browser_run",
  "client",
  "package",
  "types",
  "worker",
  "start",
  "e2e",
  "histories",
  "faults",
];

/**
 * The steps of one part, or all; a step that another one needs comes with it.
 *
 * @returns {{name: string, needs?: object[], begin?: () => void, run: () => Promise<Outcome>}[]}
 * `begin` of a step that may go on beside those before it
 * @typedef {{passed: number, failed: number, seconds: number, how: string, lines: string[]}} Outcome
 */
export function suite(only) {
  const [worker, client, simulation] = ahead({
    "build of the Worker": build,
    "build of the client": buildClient,
    "build of the simulation": buildSimulation,
  });
  const steps = [
    check("format", ["cargo", "fmt", "--check"]),
    clippy("no feature", "--all-targets"),
    clippy("all features", "--all-targets", "--all-features"),
    clippy("Worker on WebAssembly", "--target", "wasm32-unknown-unknown", "--features", "worker"),
    clippy("client on WebAssembly", "--target", "wasm32-unknown-unknown", "--features", "client"),
    check("documentation", ["cargo", "doc", "--no-deps", "--all-features"], { RUSTDOCFLAGS: "-Dwarnings" }),
    { part: "native", name: "cargo test", run: runCargoTest },
    { part: "pages", name: "tests/pages", run: () => runNodeTests("pages") },
    simulation,
    { part: "simulation", name: `simulation of ${SEEDS} seeds`, needs: [simulation], run: runSimulation },
    { part: "browser_run", name: "tests/browser_run", run: () => runNodeTests("browser_run") },
    ...wasmTests(),
    // After those, which have installed what drives the browsers.
    { part: "client", name: "tests/client", needs: [client], run: () => runNodeTests("client") },
    client,
    { part: "package", name: "tests/package", needs: [client], run: () => runNodeTests("package") },
    { part: "types", name: "tests/types", needs: [client], run: () => runNodeTests("types") },
    worker,
    { part: "worker", name: "tests/worker", needs: [worker], run: () => runNodeTests("worker") },
    { part: "start", name: "tests/start", needs: [worker], run: () => runNodeTests("start") },
    { part: "e2e", name: "tests/e2e", needs: [worker, client], run: () => runNodeTests("e2e") },
    { part: "histories", name: "tests/histories", needs: [worker], run: () => runNodeTests("histories") },
    { part: "faults", name: "tests/faults", needs: [worker], run: () => runNodeTests("faults") },
  ];
  const chosen = steps.filter(({ part }) => !only || part === only);
  return steps.filter((step) => chosen.includes(step) || chosen.some(({ needs = [] }) => needs.includes(step)));
}

function check(name, command, env) {
  const run = async () => {
    const ended = await runCommand(command, { env, limitMs: CHECK_LIMIT_MS });
    return { ...ended, ...checkTotals(ended) };
  };
  return { part: "lint", name, run };
}

function clippy(name, ...flags) {
  return check(`clippy, ${name}`, ["cargo", "clippy", ...flags, "--", "-D", "warnings"]);
}

async function runCargoTest() {
  // With the client's Rust side, which needs no browser. The Worker's floor is tested in tests/worker.
  const command = ["cargo", "test", "--no-fail-fast", "--features", "client"];
  const ended = await runCommand(command, { limitMs: TESTS_LIMIT_MS });
  return { ...ended, ...cargoTotals(ended) };
}

function buildSimulation() {
  return runStep({
    title: "Building the simulation",
    takes: "1 to 3 minutes",
    command: ["cargo", "build", "--quiet", ...SIMULATION],
    next: "mend what the compiler says above, and run the same again.",
  });
}

async function runSimulation() {
  const command = ["cargo", "run", "--quiet", ...SIMULATION, "--", "--seeds", SEEDS];
  const ended = await runCommand(command, { limitMs: TESTS_LIMIT_MS });
  return { ...ended, ...checkTotals(ended) };
}

// Builds that begin with the suite, one after the other: most of their time they need one core of two.
function ahead(builds) {
  let before = Promise.resolve();
  return Object.entries(builds).map(([name, make]) => {
    let outcome;
    const begin = () => (outcome ??= before = before.then(() => runBuild(make)));
    return { part: "build", name, begin, run: () => begin() };
  });
}

async function runBuild(make) {
  const began = Date.now();
  const passed = () => ({ code: 0, lines: [] });
  const failed = ({ message }) => ({ code: 1, lines: message.split("\n") });
  const ended = await make().then(passed, failed);
  return { ...ended, ...checkTotals(ended), how: "failed", seconds: (Date.now() - began) / 1000 };
}

async function runNodeTests(part) {
  const folder = mkdtempSync(join(temporary, "tidewatch-report-"));
  try {
    const file = join(folder, "report.tap");
    const ended = await runCommand(nodeTestCommand(part, file), { limitMs: TESTS_LIMIT_MS });
    return { ...ended, ...tapTotals({ ...ended, report: readFileSync(file, "utf8") }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Two reports: one for reading, one for counting.
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
