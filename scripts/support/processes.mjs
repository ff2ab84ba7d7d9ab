// The processes of this machine: their parents, their start times and their command lines.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * One process. The system uses pids again; `pid` and `startedAt` together name one process.
 *
 * @typedef {object} FoundProcess
 * @property {number} pid
 * @property {number} parent
 * @property {number} group
 * @property {string} startedAt clock ticks since boot on Linux, a date elsewhere
 * @property {string} command its command line
 */

/**
 * All processes, without zombies.
 *
 * @returns {FoundProcess[]}
 */
export function listProcesses() {
  return process.platform === "linux" ? listFromProc() : listFromPs();
}

/**
 * The process with this id, or undefined.
 *
 * @param {number} pid
 */
export function findProcess(pid) {
  return process.platform === "linux" ? readProc(pid) : listFromPs().find((found) => found.pid === pid);
}

/**
 * Whether exactly this process still runs, and not a later one with the same id.
 *
 * @param {Pick<FoundProcess, "pid" | "startedAt">} process
 */
export function isAlive({ pid, startedAt }) {
  return findProcess(pid)?.startedAt === startedAt;
}

/**
 * Whether one process was started before another; false if the clock can't tell.
 *
 * @param {FoundProcess} one
 * @param {FoundProcess} other
 */
export function startedBefore(one, other) {
  const moment = (/** @type {FoundProcess} */ { startedAt }) =>
    /^\d+$/.test(startedAt) ? Number(startedAt) : Date.parse(startedAt);
  return moment(one) < moment(other);
}

/**
 * Kills a process; with a negative id, the process group of that id.
 *
 * @param {number} pid
 */
export function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // ESRCH: it has ended already. EPERM: it belongs to another user, so it is not ours.
    if (!hasCode(error, "ESRCH", "EPERM")) throw error;
  }
}

/**
 * Whether an error has one of these system codes.
 *
 * @param {unknown} error
 * @param {string[]} codes
 */
export function hasCode(error, ...codes) {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

// On Linux /proc is read, as slim container images have no `ps`.
function listFromProc() {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => readProc(Number(pid))).filter((found) => found !== undefined);
}

/**
 * @param {number} pid
 * @returns {FoundProcess | undefined}
 */
function readProc(pid) {
  try {
    // The command's name is in brackets and may contain spaces and brackets. So fields are counted after the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, parent, group] = fields;
    if (state === "Z" || state === "X") return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    // Field 22 of proc(5) is the start in clock ticks since boot. The state is field 3.
    const startedAt = fields[19] ?? "";
    return { pid, parent: Number(parent), group: Number(group), startedAt, command };
  } catch {
    return undefined;
  }
}

function listFromPs() {
  const columns = "pid=,ppid=,pgid=,state=,lstart=,command=";
  const text = execFileSync("ps", ["-A", "-ww", "-o", columns], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
    maxBuffer: 64 * 1024 * 1024,
  });
  return text
    .split("\n")
    .map(parsePsLine)
    .filter((found) => found !== undefined);
}

/**
 * @param {string} line
 * @returns {FoundProcess | undefined}
 */
function parsePsLine(line) {
  // `lstart` is five words: Sat Nov 22 17:57:01 2026.
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+\S+\s+\d+)\s+(.*)$/.exec(line);
  if (!match) return undefined;
  const [, pid, parent, group, state, startedAt = "", command = ""] = match;
  if (state?.startsWith("Z")) return undefined;
  return { pid: Number(pid), parent: Number(parent), group: Number(group), startedAt, command };
}
