// The figures of a run, and whether they reach what is promised.

import { KINDS } from "./kinds.mjs";

/** @import { Call, Fault, History } from "./history.mjs" */

/** The bar: the median time from a fault to recovery. */
const WHOLE_MEDIAN_MS_MAX = 8_000;

/** What must never be, as a sentence and as a figure, and the broken promises that count for it. */
export const MUST_BE_NONE = [
  {
    must: "no browser is left 30 s after the last fault",
    what: "browsers left",
    promises: ["browserLeft", "outstayed", "staleRunLeft", "unclosed"],
  },
  {
    must: "no session says live without a browser",
    what: "sessions that say live without a browser",
    promises: ["hollow"],
  },
  {
    must: "nothing that was acknowledged is lost",
    what: "acknowledged answers lost",
    promises: [
      ...["unknown", "revived", "rewritten", "entered", "unchanged", "cutShort"],
      ...["doubled", "shared", "unexplained"],
    ],
  },
  {
    must: "no session is live 2 s past its deadline while the server is up",
    what: "sessions live 2 s past a deadline",
    promises: ["outlived"],
  },
];

/**
 * Each figure that is promised, as it is, and whether it holds.
 *
 * @param {{history: Pick<History, "calls" | "browsers" | "faults" | "ends">, broken: {promise: string}[]}} run
 */
export function judge({ history, broken }) {
  const counted = MUST_BE_NONE.map(({ what, promises }) => {
    const count = broken.filter(({ promise }) => promises.includes(promise)).length;
    return { what, is: String(count), bar: "0", holds: count === 0 };
  });
  const times = wholeTimes(history.faults);
  const { median } = times[times.length - 1];
  const whole = { what: "recovery, median", is: seconds(median), bar: `under ${seconds(WHOLE_MEDIAN_MS_MAX)}` };
  const never = history.faults.filter(({ wholeMs }) => wholeMs === undefined).length;
  const figures = [
    ...counted,
    { ...whole, holds: median < WHOLE_MEDIAN_MS_MAX },
    { what: "faults without recovery", is: String(never), bar: "0", holds: never === 0 },
  ];
  return { figures, times, load: loadFigures(history), holds: figures.every(({ holds }) => holds) };
}

/**
 * How long recovery took: by kind, then over all. Without recovery it took for ever.
 *
 * @param {Fault[]} faults
 */
function wholeTimes(faults) {
  /**
   * @param {string} kind
   * @param {Fault[]} some
   */
  const figures = (kind, some) => {
    const times = some.map(({ wholeMs }) => wholeMs ?? Infinity);
    const [median, p95, max] = [0.5, 0.95, 1].map((share) => quantile(times, share));
    return { kind, count: times.length, median, p95, max };
  };
  const kinds = KINDS.map(({ kind }) => /** @type {const} */ ([kind, faults.filter((fault) => fault.kind === kind)]));
  return [...kinds.filter(([, some]) => some.length > 0).map((row) => figures(...row)), figures("all", faults)];
}

/**
 * What the load was, in numbers.
 *
 * @param {Pick<History, "calls" | "browsers" | "ends">} history
 */
export function loadFigures({ calls, browsers, ends }) {
  const count = (/** @type {(call: Call) => boolean} */ condition) => calls.filter(condition).length;
  const shown = calls.filter(({ what, seen }) => what === "create" && seen.length > 0);
  return {
    calls: calls.length,
    broken: count(({ status }) => status === undefined),
    sessions: new Set(shown.map(({ seen: [{ id }] }) => id)).size,
    connects: count(({ what, status }) => what === "connect" && status === 101),
    changes: count(({ what, status }) => what === "change" && status === 200),
    releases: count(({ what, status }) => what === "release" && status === 200),
    browsers: new Set(browsers.map(({ browser }) => browser)).size,
    ends: ends.length,
  };
}

/**
 * The value below which a share of the samples lies.
 *
 * @param {number[]} samples
 * @param {number} share
 */
export function quantile(samples, share) {
  const sorted = [...samples].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** @param {number} millis */
export const seconds = (millis) => (Number.isFinite(millis) ? `${(millis / 1000).toFixed(1)} s` : "never");
