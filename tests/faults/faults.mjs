// `npm run faults -- --count N [--seed S] [--report FILE] [--keep]`: N random faults under load, and what they left.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { build } from "../../scripts/build/build.mjs";
import { sweepRuns } from "../../scripts/serve/run.mjs";
import { setUp } from "../../scripts/setup/setup.mjs";
import { report, StepFailed } from "../../scripts/support/step.mjs";
import { showProgress } from "./progress.mjs";
import { newSeed } from "../support/prng.mjs";
import { page, tellAll, tellFigures } from "./report.mjs";
import { runFaults } from "./run.mjs";
import { judge } from "./summary.mjs";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "60" },
    seed: { type: "string", default: String(newSeed()) },
    // A file to write the summary into, as Markdown.
    report: { type: "string" },
    // Keeps storage, log and history also of a run in which all holds.
    keep: { type: "boolean", default: false },
  },
});

try {
  process.exitCode = await main();
} catch (error) {
  report(error);
  process.exitCode = 1;
}
// A pending call does not keep the process alive.
process.exit();

async function main() {
  const [count, seed] = [parse("count"), parse("seed")];
  await sweepRuns();
  await setUp();
  await build();
  console.log(`${count} faults, seed ${seed}.`);
  const run = await runFaults({ count, seed, report: showProgress(count) });
  const judged = judge(run);
  if (values.report) writeFileSync(values.report, page(run, judged));
  console.log(tellFigures(judged));
  if (!judged.holds || values.keep) console.log(`\n${tellAll(run, run.broken)}`);
  else run.clear();
  return judged.holds ? 0 : 1;
}

/** @param {"count" | "seed"} name */
function parse(name) {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number >= (name === "count" ? 1 : 0)) return number;
  throw new StepFailed(`--${name} is \`${values[name]}\`, which can't be.`, "use a whole number, for count 1 or more.");
}
