// `npm run histories`: records histories of many concurrent clients, and looks for one that no order explains.
//   -- --count 200 --calls 500 --clients 8    how many, and how large
//   -- --seed S                               chooses the clients' calls; it is printed, so that a run can be repeated
//   -- --at-once N                            histories that are recorded at the same time
//   -- --report docs/histories.md             writes the summary there
//   -- --check FILE                           checks a stored history, and records none

import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { build } from "../../scripts/build/build.mjs";
import { report, StepFailed } from "../../scripts/support/step.mjs";
import { check } from "./check.mjs";
import { keep, readKept } from "./kept.mjs";
import { run } from "./run.mjs";
import { summary } from "./summary.mjs";
import { describe } from "./table.mjs";

/**
 * @typedef {import("./recorder.mjs").History} History
 * @typedef {import("./check.mjs").Violation} Violation
 * @typedef {{seed: string, report?: string, count: number, calls: number, clients: number, atOnce: number}} Options
 */

const OPTIONS = /** @type {const} */ ({
  count: { type: "string", default: "20" },
  calls: { type: "string", default: "500" },
  clients: { type: "string", default: "8" },
  seed: { type: "string", default: String(Date.now() % 1_000_000) },
  "at-once": { type: "string", default: String(5 * cpus().length) },
  report: { type: "string" },
  check: { type: "string" },
});

try {
  process.exitCode = await main();
} catch (error) {
  report(error);
  process.exitCode = 1;
}

async function main() {
  const { values } = parseArgs({ options: OPTIONS });
  return values.check ? checkAgain(resolve(values.check)) : runAll(readOptions(values));
}

/** @param {Options} options */
async function runAll(options) {
  await build();
  const { count, calls, clients, seed } = options;
  console.log(`${count} histories of ${calls} calls by ${clients} clients, seed ${seed}`);
  const began = Date.now();
  const tally = await run({ ...options, onHistory: (done, tally) => show(done, tally, options, began) });
  const text = summary(tally, { ...options, seconds: (Date.now() - began) / 1000 });
  console.log(`\n${text}`);
  if (options.report) writeFileSync(resolve(options.report), text);
  return tally.violations > 0 || tally.browsers.left > 0 ? 1 : 0;
}

/** @param {string} file */
function checkAgain(file) {
  const history = readKept(file);
  const { sessions, violations } = check(history);
  for (const violation of violations) console.log(`${describe(violation, history)}\n`);
  console.log(`${history.calls.length} calls, ${sessions} sessions, ${violations.length} violations`);
  return violations.length > 0 ? 1 : 0;
}

/**
 * @param {Record<"count" | "calls" | "clients" | "at-once" | "seed", string> & {report?: string}} values
 * @returns {Options}
 */
function readOptions(values) {
  /** @param {"count" | "calls" | "clients" | "at-once"} name */
  const number = (name) => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value > 0) return value;
    throw new StepFailed(`--${name} ${values[name]} is not a positive number.`, "use a whole number from 1.");
  };
  const { seed, report } = values;
  const [count, calls, clients] = [number("count"), number("calls"), number("clients")];
  return { seed, report, count, calls, clients, atOnce: number("at-once") };
}

/**
 * @param {{history: History, violations: Violation[]}} done
 * @param {import("./tally.mjs").Tally} tally
 * @param {Options} options
 * @param {number} began
 */
function show({ history, violations }, tally, { count }, began) {
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  const found = violations.length > 0 ? `: ${violations.length} violations` : "";
  console.log(`  ${seconds} s  ${tally.histories} of ${count}${found}`);
  for (const violation of violations) console.log(`\n${describe(violation, history)}\n`);
  if (violations.length > 0) console.log(`All of its calls are in ${keep(history)}; --check reads it`);
}
