// The summary of a run of histories, for the terminal and for docs/.

import { cpus } from "node:os";

/** @type {[what: import("./recorder.mjs").Call["what"], text: string][]} */
const WHAT = [
  ["create", "create, by id, by key, by neither"],
  ["get", "get"],
  ["change", "change of timeout, metadata, inactivityTimeout"],
  ["release", "release"],
  ["details", "live details"],
  ["list", "list, of all, of the live ones, of one owner"],
  ["releaseAll", "release of all, of one owner's, dry runs"],
];

/**
 * The summary, as Markdown.
 *
 * @param {import("./tally.mjs").Tally} tally
 * @param {{count: number, calls: number, clients: number, seed: string, atOnce: number, seconds: number}} options
 */
export function summary(tally, { count, calls, clients, seed, atOnce, seconds }) {
  const { browsers } = tally;
  const rows = WHAT.map(([what, text]) => `| ${text} | ${sum(tally.answers[what])} | ${list(tally.answers[what])} |`);
  const options = `--count ${count} --calls ${calls} --clients ${clients} --at-once ${atOnce} --seed ${seed}`;
  return `# Histories

Many clients call the Worker on workerd at the same time, mostly about the same few sessions. The test records the begin, the
end and the answer of each call. Then it looks, for each session, for an order of its calls that explains every answer by the
API's rules. A call that ended before another one began must come first. A call without an answer may have happened or not.
Times in answers must fit, too: a session that timed out ended at its deadline or later. In addition, the project's limit holds
at each moment, a list shows one moment, a refusal at the limit has a reason, the queue is served in order, and each call is
answered.

The provider is slow, fails, hangs, loses answers and loses browsers. Clients close their connections during a call. Sessions
live for a second or two, and clients aim their calls at deadlines.

\`npm run histories -- ${options}\`, ${cpus().length} cores, Node ${process.versions.node}:

| what | measured |
| --- | --- |
| histories without an order | ${tally.broken} of ${tally.histories} |
| calls | ${grouped(tally.calls)} |
| of them at the same time as another call about the same session | ${percent(tally.overlapping, tally.calls)} |
| pairs that were seen in the queue, one before the other | ${grouped(tally.inLine)} |
| sessions whose histories were checked | ${grouped(tally.sessions)} |
| their ends | ${list(tally.ends)} |
| browsers that the provider gave | ${grouped(browsers.given)} |
| browsers left at the end | ${browsers.left} |
| time | ${seconds.toFixed(0)} s |

| call | number | answers |
| --- | --- | --- |
${rows.join("\n")}
`;
}

/** @typedef {import("./tally.mjs").Counts} Counts */

const sum = (/** @type {Counts} */ counts = {}) => grouped(Object.values(counts).reduce((total, n) => total + n, 0));

const list = (/** @type {Counts} */ counts = {}) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${grouped(n)} × ${name}`)
    .join(", ");

const grouped = (/** @type {number} */ n) => n.toLocaleString("en-US");

const percent = (/** @type {number} */ part, /** @type {number} */ whole) =>
  `${((100 * part) / Math.max(1, whole)).toFixed(0)} %`;
