// Random faults on real processes under load: what they leave, and what of all that clients were told does not hold.
// `npm run faults -- --count N --seed S` does the same with any number.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { showProgress } from "./progress.mjs";
import { newSeed } from "../support/prng.mjs";
import { tellAll, tellFigures } from "./report.mjs";
import { runFaults } from "./run.mjs";
import { judge, MUST_BE_NONE } from "./summary.mjs";

const COUNT = 60;

const seed = newSeed();
console.log(`${COUNT} faults, seed ${seed}`);
// Not in a hook: its time would count for the first test.
const run = await runFaults({ count: COUNT, seed, report: showProgress(COUNT) });
const judged = judge(run);
console.log(tellFigures(judged));
after(() => judged.holds && run.clear());

for (const { must, promises } of MUST_BE_NONE) {
  test(must, () => {
    const broken = run.broken.filter(({ promise }) => promises.includes(promise));
    assert.equal(broken.length, 0, tellAll(run, broken));
  });
}

test("the service recovers from each fault in time", () => {
  const late = judged.figures.filter(({ what, holds }) => what.includes("whole") && !holds);
  assert.equal(late.length, 0, `${tellFigures(judged)}\n${tellAll(run, [])}`);
});
