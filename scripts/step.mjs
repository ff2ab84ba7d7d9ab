// Runs one long command: says what it is for and how long it takes, shows that it is alive, and on a failure what to do.

import { spawn } from "node:child_process";

import { root } from "./places.mjs";

const LINES_ON_FAILURE = 40;
// Often enough to be seen as alive, rare enough for a log file.
const REPORT_EVERY_MS = 15_000;

/** A failure that the developer can mend; `next` says how. Shown without a stack. */
export class StepFailed extends Error {
  constructor(message, next) {
    super(message);
    this.next = next;
  }
}

/** Prints a failure as a developer wants to read it. */
export function report(error) {
  if (!(error instanceof StepFailed)) return console.error(error);
  console.error(`\n${error.message}`);
  if (error.next) console.error(`What to do: ${error.next}`);
}

/**
 * @param {{title: string, takes?: string, command: string[], env?: object, next?: string}} step
 * `takes`: how long it usually takes. `next`: what to do if it fails.
 * @returns {Promise<void>} rejects with a StepFailed
 */
export async function runStep({ title, takes, command, env, next }) {
  console.log(`${title}${takes ? ` (usually ${takes} on 2 cores)` : ""} …`);
  const began = Date.now();
  const progress = showProgress(began);
  const { code, signal, lines } = await follow(command, { ...process.env, ...env }, progress.line);
  progress.end();
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  if (code === 0) return console.log(`  done in ${seconds} s`);
  const output = lines.map((line) => `  | ${line}`).join("\n");
  const how = code === null ? `was ended by ${signal}` : `ended with code ${code}`;
  throw new StepFailed(`${output}\n\n${title}: \`${command.join(" ")}\` ${how} after ${seconds} s.`, next);
}

function follow([program, ...args], env, onLine) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    const lines = [];
    const take = (line) => {
      if (line.trim() === "") return;
      lines.push(line);
      if (lines.length > LINES_ON_FAILURE) lines.shift();
      onLine(line);
    };
    for (const stream of [child.stdout, child.stderr]) splitLines(stream, take);
    child.on("error", (error) => reject(new StepFailed(`\`${program}\` can't be started: ${error.message}`)));
    child.on("close", (code, signal) => resolve({ code, signal, lines }));
  });
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

// On a terminal the last line of output is drawn over the one before; elsewhere a line now and then.
function showProgress(began) {
  const { isTTY } = process.stdout;
  let last = "";
  const draw = () => {
    const seconds = Math.round((Date.now() - began) / 1000);
    const text = `  ${seconds} s  ${last.trim()}`;
    if (isTTY) process.stdout.write(`\r\x1b[2K${text.slice(0, (process.stdout.columns || 80) - 1)}`);
    else console.log(text.slice(0, 160));
  };
  const timer = setInterval(draw, isTTY ? 500 : REPORT_EVERY_MS);
  return {
    line: (line) => (last = line),
    end: () => {
      clearInterval(timer);
      if (isTTY) process.stdout.write("\r\x1b[2K");
    },
  };
}
