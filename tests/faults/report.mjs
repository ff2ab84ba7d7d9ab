// Describes a run, for the terminal and as a page.

import os from "node:os";

import { tellBroken } from "./story.mjs";
import { seconds } from "./summary.mjs";

/**
 * @import { Run } from "./run.mjs"
 *
 * @typedef {ReturnType<typeof import("./summary.mjs").judge>} Judged
 */

const BROKEN_SHOWN = 20;

/**
 * The figures, in lines.
 *
 * @param {Judged} judged
 */
export function tellFigures({ figures, times }) {
  const row = (/** @type {Judged["times"][number]} */ { kind, count, median, p95, max }) => {
    const [name, number] = [kind.padEnd(24), String(count).padStart(5)];
    return `${name}${number}   recovered: median ${seconds(median)}, p95 ${seconds(p95)}, max ${seconds(max)}`;
  };
  return [
    ...times.map(row),
    ...figures.map(({ what, is, bar, holds }) => `${holds ? "ok  " : "FAIL"} ${what}: ${is} (${bar})`),
  ].join("\n");
}

/**
 * The story of each of these broken promises, and how to come back to them.
 *
 * @param {Run} run
 * @param {Run["broken"]} broken
 */
export function tellAll({ history, seed, folder }, broken) {
  const left = broken.length - BROKEN_SHOWN;
  return [
    ...broken.slice(0, BROKEN_SHOWN).map((one) => `${tellBroken(history, one)}\n`),
    ...(left > 0 ? [`… and ${left} more\n`] : []),
    `Seed ${seed}. What the server printed and stored, and the whole history: ${folder}`,
  ].join("\n");
}

const WHAT_IS_DONE = `
Agents create, drive, extend and release sessions. Meanwhile Chromes, workerd and the server are killed, or stopped and resumed,
at random moments. 30 s after the last fault the test counts the browsers that are left. It reads the system's table of
processes, not the service's answers. It also compares every answer that a client received with all later answers.`;

const WHAT_RECOVERY_MEANS = `
Recovery lasts from the fault (after a stop: from the resume) until three things hold: the server answers; a create, a CDP
round trip and a release work; and every session that lost its browser has ended. Faults overlap, so a time may belong to
another fault than the one it is counted for.`;

/**
 * The page that is kept, in Markdown.
 *
 * @param {Run} run
 * @param {Judged} judged
 */
export function page(run, { figures, times, load }) {
  const figureRow = (/** @type {Judged["figures"][number]} */ { what, is, bar, holds }) =>
    `| ${what} | ${holds ? is : `**${is}**`} | ${bar} |`;
  return [
    "# Faults",
    WHAT_IS_DONE,
    tellOrigin(run),
    "| what | measured | bar |",
    "| --- | --- | --- |",
    ...figures.map(figureRow),
    tellLoad(load, run.outages),
    WHAT_RECOVERY_MEANS,
    "",
    "| fault | count | median | 95 % | longest |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...times.map(timesRow),
    "",
  ].join("\n");
}

/** @param {Run} run */
function tellOrigin({ history, seed, tookMs }) {
  const command = `npm run faults -- --count ${history.faults.length} --seed ${seed}`;
  const machine = `${os.cpus().length} cores, Node ${process.versions.node.split(".")[0]}`;
  return `
\`${command}\`, on ${machine}, in ${Math.round(tookMs / 60_000)} minutes. A seed gives the same kinds in the same
order, and the same agents. Their times also depend on the machine.
`;
}

/**
 * @param {Judged["load"]} load
 * @param {Run["outages"]} outages
 */
function tellLoad({ sessions, connects, changes, releases, calls, broken, browsers, ends }, outages) {
  const downMs = outages.reduce((sum, { from, to }) => sum + to - from, 0);
  return `
The load: ${sessions} sessions acknowledged, ${connects} connects, ${changes} changed timeouts, ${releases} releases;
${calls} calls in all, ${broken} of them cut off; ${browsers} browsers seen. The server was down for ${seconds(downMs)},
in ${outages.length} outages. Its process ended ${ends} times and was restarted.`;
}

/** @param {Judged["times"][number]} times */
function timesRow({ kind, count, median, p95, max }) {
  return `| ${kind} | ${count} | ${seconds(median)} | ${seconds(p95)} | ${seconds(max)} |`;
}
