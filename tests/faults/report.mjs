// A run in words: for whoever waits for it, and as a page to keep.

import os from "node:os";

import { tellBroken } from "./story.mjs";
import { seconds } from "./summary.mjs";

const BROKEN_SHOWN = 20;

/** The figures, in lines. */
export function tellFigures({ figures, times }) {
  const row = ({ kind, count, median, p95, max }) => {
    const [name, number] = [kind.padEnd(24), String(count).padStart(5)];
    return `${name}${number}   whole again: median ${seconds(median)}, p95 ${seconds(p95)}, max ${seconds(max)}`;
  };
  return [
    ...times.map(row),
    ...figures.map(({ what, is, bar, holds }) => `${holds ? "ok  " : "FAIL"} ${what}: ${is} (${bar})`),
  ].join("\n");
}

/** The story of each of these broken promises, and how to come back to them. */
export function tellAll({ history, seed, folder }, broken) {
  const left = broken.length - BROKEN_SHOWN;
  return [
    ...broken.slice(0, BROKEN_SHOWN).map((one) => `${tellBroken(history, one)}\n`),
    ...(left > 0 ? [`… and ${left} more\n`] : []),
    `Seed ${seed}. What the server printed and stored, and the whole history: ${folder}`,
  ].join("\n");
}

const WHAT_IS_DONE = `
Chromes, workerd and the whole server are killed, and stopped and resumed, at random moments, while agents create,
drive, extend and release sessions. What is left 30 s after the last fault is counted by the table of processes, not by
the service's word, and every answer that any client got is held against all that was said later.`;

const WHAT_WHOLE_MEANS = `
Whole again means: from the fault (of a stop: from when it was resumed) until the server answers, a create through to a
CDP round trip and a release works, and every session that lost its browser by it has ended. Faults overlap: what is
counted for one may have been another's.`;

/** The page that is kept, in Markdown. */
export function page(run, { figures, times, load }) {
  const figureRow = ({ what, is, bar, holds }) => `| ${what} | ${holds ? is : `**${is}**`} | ${bar} |`;
  return [
    "# Faults",
    WHAT_IS_DONE,
    tellOrigin(run),
    "| what | measured | bar |",
    "| --- | --- | --- |",
    ...figures.map(figureRow),
    tellLoad(load, run.outages),
    WHAT_WHOLE_MEANS,
    "",
    "| fault | count | median | 95 % | longest |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...times.map(timesRow),
    "",
  ].join("\n");
}

function tellOrigin({ history, seed, tookMs }) {
  const command = `npm run faults -- --count ${history.faults.length} --seed ${seed}`;
  const machine = `${os.cpus().length} cores, Node ${process.versions.node.split(".")[0]}`;
  return `
\`${command}\`, on ${machine}, in ${Math.round(tookMs / 60_000)} minutes. A seed gives the same kinds in the same order
and the same agents; their moments depend on the machine as well.
`;
}

function tellLoad({ sessions, connects, changes, releases, calls, broken, browsers, ends }, outages) {
  const downMs = outages.reduce((sum, { from, to }) => sum + to - from, 0);
  return `
The load: ${sessions} sessions acknowledged, ${connects} connects, ${changes} changed timeouts, ${releases} releases;
${calls} calls in all, ${broken} of them cut off; ${browsers} browsers met. The server was down for ${seconds(downMs)},
in ${outages.length} outages; its process ended ${ends} times and was started again.`;
}

function timesRow({ kind, count, median, p95, max }) {
  return `| ${kind} | ${count} | ${seconds(median)} | ${seconds(p95)} | ${seconds(max)} |`;
}
