// What runs on this machine: who is whose child, since when, and with which command line.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * All processes but the dead ones that nobody has reaped.
 * pid and `startedAt` together name one process, as pids are used again.
 *
 * @returns {{pid: number, parent: number, group: number, startedAt: string, command: string}[]}
 */
export function listProcesses() {
  return process.platform === "linux" ? listFromProc() : listFromPs();
}

/** The process with this id, or undefined. */
export function findProcess(pid) {
  return process.platform === "linux" ? readProc(pid) : listFromPs().find((found) => found.pid === pid);
}

/** Whether exactly this process, and not a later one of the same id, still runs. */
export function isAlive({ pid, startedAt }) {
  return findProcess(pid)?.startedAt === startedAt;
}

/** Whether one process was started before another; false if that is too close to tell. */
export function startedBefore(one, other) {
  const moment = ({ startedAt }) => (/^\d+$/.test(startedAt) ? Number(startedAt) : Date.parse(startedAt));
  return moment(one) < moment(other);
}

/** Kills a process; with a negative id, the process group of that id. */
export function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // ESRCH: it was faster. EPERM: it is another user's, so none of ours.
    if (error.code !== "ESRCH" && error.code !== "EPERM") throw error;
  }
}

// Linux is read without `ps`, which slim container images lack.
function listFromProc() {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => readProc(Number(pid))).filter(Boolean);
}

function readProc(pid) {
  try {
    // The command's name stands in brackets and may hold spaces and brackets itself: fields count from the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, parent, group, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    // Field 22 of proc(5): the start in clock ticks since boot; state is field 3.
    return { pid, parent: Number(parent), group: Number(group), startedAt: rest[16], command };
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
  return text.split("\n").map(parsePsLine).filter(Boolean);
}

function parsePsLine(line) {
  // `lstart` is five words: Sat Nov 22 17:57:01 2026.
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+\S+\s+\d+)\s+(.*)$/.exec(line);
  if (!match || match[4].startsWith("Z")) return undefined;
  const [, pid, parent, group, , startedAt, command] = match;
  return { pid: Number(pid), parent: Number(parent), group: Number(group), startedAt, command };
}
