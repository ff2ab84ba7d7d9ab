// Runs a command, reads its output line by line, limits its time, and kills what it leaves behind.

import { spawn } from "node:child_process";
import { basename } from "node:path";

import { root } from "./places.mjs";
import { showProgress } from "./progress.mjs";

/** @type {Readonly<Partial<Record<NodeJS.Signals, number>>>} */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };
// The reason of a failure stands at the end of the output. The limit keeps a runaway command from filling the memory.
const LINES_MAX = 4_000;

/**
 * @typedef {import("node:child_process").ChildProcessByStdio<null, import("node:stream").Readable,
 * import("node:stream").Readable>} Child
 */

/**
 * How a command ended.
 *
 * @typedef {object} CommandResult
 * @property {number | null} code 0 on success; null if a signal ended it or it could not be started
 * @property {string} how the same in words
 * @property {string[]} lines its last lines of output, without empty ones
 * @property {number} seconds
 */

/**
 * The commands that run now. Each leads a process group.
 *
 * @type {Set<Child>}
 */
const running = new Set();

/**
 * Runs a command in the project's folder and shows its progress.
 *
 * @param {string[]} command
 * @param {{env?: NodeJS.ProcessEnv, limitMs?: number, label?: string}} [options]
 * `label`: what its progress is called, if several commands run
 * @returns {Promise<CommandResult>}
 */
export async function runCommand([program = "", ...args], { env, limitMs, label = basename(program) } = {}) {
  const began = Date.now();
  /** @type {string[]} */
  const lines = [];
  const child = start(program, args, env, lines);
  const stopProgress = showProgress({ label, began, lines });
  const limit = limitMs === undefined ? undefined : setTimeout(() => killGroup(child), limitMs);
  const { code, signal, error } = await ended(child);
  killGroup(child);
  running.delete(child);
  if (running.size === 0) forgetExit();
  clearTimeout(limit);
  stopProgress();
  const seconds = (Date.now() - began) / 1000;
  const isLate = limitMs !== undefined && seconds * 1000 >= limitMs;
  return { code, lines, seconds, how: describe({ code, signal, error, isLate }) };
}

/** Kills all commands that run now. Their `runCommand` resolves, as after any other signal. */
export function killCommands() {
  for (const child of running) killGroup(child);
}

/** @param {{code: number | null, signal?: NodeJS.Signals | null, error?: Error, isLate: boolean}} end */
function describe({ code, signal, error, isLate }) {
  if (error) return `can't be started: ${error.message}`;
  if (isLate) return "did not end within its time limit";
  return code === null ? `was ended by ${signal}` : `ended with code ${code}`;
}

/**
 * Starts the command in a process group of its own, so that its children can be killed with it.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv | undefined} env
 * @param {string[]} lines where its output goes
 */
function start(program, args, env, lines) {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (running.size === 0) killOnExit();
  running.add(child);
  const take = (/** @type {string} */ line) => {
    if (line.trim() === "") return;
    lines.push(line);
    if (lines.length > LINES_MAX) lines.shift();
  };
  for (const stream of [child.stdout, child.stderr]) splitLines(stream, take);
  return child;
}

/**
 * @param {Child} child
 * @returns {Promise<{code: number | null, signal?: NodeJS.Signals | null, error?: Error}>}
 */
function ended(child) {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: null, error }));
    child.once("exit", (code, signal) => {
      // A grandchild that lives on would hold the pipes open. So the group is killed before the rest is read.
      killGroup(child);
      child.once("close", () => resolve({ code, signal }));
    });
  });
}

/** @param {Child} child */
function killGroup({ pid }) {
  try {
    if (pid) process.kill(-pid, "SIGKILL");
  } catch {
    // The group is empty.
  }
}

function killOnExit() {
  process.on("exit", killCommands);
  for (const signal of Object.keys(SIGNALS)) process.on(signal, exitOnSignal);
}

function forgetExit() {
  process.off("exit", killCommands);
  for (const signal of Object.keys(SIGNALS)) process.off(signal, exitOnSignal);
}

/** @param {NodeJS.Signals} signal */
function exitOnSignal(signal) {
  killCommands();
  process.exit(128 + (SIGNALS[signal] ?? 0));
}

/**
 * Calls `take` with each line. A carriage return ends a line as well: cargo and npm draw their progress with it.
 *
 * @param {import("node:stream").Readable} stream
 * @param {(line: string) => void} take
 */
function splitLines(stream, take) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (/** @type {string} */ text) => {
    const parts = (rest + text).split(/\r\n|\r|\n/);
    rest = parts.pop() ?? "";
    parts.forEach(take);
  });
  stream.on("end", () => take(rest));
}
