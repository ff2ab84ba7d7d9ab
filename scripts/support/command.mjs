// Runs one command with its output taken line by line, within a time limit, and ends all that it started.

import { spawn } from "node:child_process";

import { root } from "./places.mjs";

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };
// What a failing command has to say stands at the end; a runaway one must not fill the memory.
const LINES_MAX = 4_000;
const REPORT_EVERY_MS = 15_000;
const DRAW_EVERY_MS = 500;

/**
 * Runs a command in the project's folder, and shows that it is alive: on a terminal its last line of output and the
 * seconds gone, drawn over one another, elsewhere such a line now and then.
 *
 * @param {string[]} command
 * @param {{env?: Record<string, string>, limitMs?: number}} [options]
 * @returns {Promise<{code: number | null, how: string, lines: string[], seconds: number}>}
 * `code` is 0 only for success; `how` tells an end in words
 */
export async function runCommand(command, { env, limitMs } = {}) {
  const began = Date.now();
  const lines = [];
  const progress = showProgress(began, lines);
  const child = start(command, env, lines);
  const end = () => killGroup(child);
  const limit = limitMs && setTimeout(end, limitMs);
  const forget = endWithUs(end);
  const { code, signal, error } = await ended(child);
  end(); // What it left running in its group has no work any more.
  forget();
  clearTimeout(limit);
  progress.end();
  const seconds = (Date.now() - began) / 1000;
  return { code, lines, seconds, how: describe({ code, signal, error, late: limitMs && seconds * 1000 >= limitMs }) };
}

function describe({ code, signal, error, late }) {
  if (error) return `can't be started: ${error.message}`;
  if (late) return "did not end within its time limit";
  return code === null ? `was ended by ${signal}` : `ended with code ${code}`;
}

// A process group of its own, so that it can be ended with its children.
function start([program, ...args], env, lines) {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const take = (line) => {
    if (line.trim() === "") return;
    lines.push(line);
    if (lines.length > LINES_MAX) lines.shift();
  };
  for (const stream of [child.stdout, child.stderr]) splitLines(stream, take);
  return child;
}

function ended(child) {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: null, error }));
    child.once("exit", (code, signal) => {
      // A grandchild that lives on would hold the pipes open: the group goes first, then what was written is read.
      killGroup(child);
      child.once("close", () => resolve({ code, signal }));
    });
  });
}

function killGroup({ pid }) {
  try {
    if (pid) process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}

function endWithUs(end) {
  const handlers = Object.entries(SIGNALS).map(([signal, number]) => {
    const handler = () => {
      end();
      process.exit(128 + number);
    };
    process.on(signal, handler);
    return [signal, handler];
  });
  return () => handlers.forEach(([signal, handler]) => process.off(signal, handler));
}

// A carriage return ends a line as well: cargo and npm draw their progress with it.
function splitLines(stream, take) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text) => {
    const parts = (rest + text).split(/\r\n|\r|\n/);
    rest = parts.pop();
    parts.forEach(take);
  });
  stream.on("end", () => take(rest));
}

function showProgress(began, lines) {
  const { isTTY } = process.stdout;
  const draw = () => {
    const text = `  ${Math.round((Date.now() - began) / 1000)} s  ${lines.at(-1)?.trim() ?? ""}`;
    if (isTTY) process.stdout.write(`\r\x1b[2K${text.slice(0, (process.stdout.columns || 80) - 1)}`);
    else console.log(text.slice(0, 160));
  };
  const timer = setInterval(draw, isTTY ? DRAW_EVERY_MS : REPORT_EVERY_MS);
  return {
    end() {
      clearInterval(timer);
      if (isTTY) process.stdout.write("\r\x1b[2K");
    },
  };
}
