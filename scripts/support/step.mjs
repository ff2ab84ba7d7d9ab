// One long step of a script: says what it does and how long it usually takes, and what to do if it fails.

import { runCommand } from "./command.mjs";
import { print } from "./progress.mjs";

const LINES_ON_FAILURE = 40;

/** A failure that the developer can correct. It is shown without a stack. */
export class StepFailed extends Error {
  /**
   * @param {string} message
   * @param {string} [next] what the developer can do
   */
  constructor(message, next) {
    super(message);
    this.next = next;
  }
}

/**
 * Prints a failure for the developer.
 *
 * @param {unknown} error
 */
export function report(error) {
  if (!(error instanceof StepFailed)) return console.error(error);
  console.error(`\n${error.message}`);
  if (error.next) console.error(`What to do: ${error.next}`);
}

/**
 * Runs one command as a step of its own.
 *
 * @param {object} step
 * @param {string} step.title
 * @param {string} [step.label] a short name for its progress and its end; by default the title
 * @param {string} [step.takes] how long it usually takes
 * @param {string[]} step.command
 * @param {NodeJS.ProcessEnv} [step.env]
 * @param {string} [step.next] what to do if it fails
 * @returns {Promise<void>} rejects with a StepFailed
 */
export async function runStep({ title, label = title, takes, command, env, next }) {
  print(`${title}${takes ? ` (usually ${takes} on 2 cores)` : ""} …`);
  const { code, how, lines, seconds } = await runCommand(command, { env, label });
  if (code === 0) return print(`  ${label}: done in ${seconds.toFixed(1)} s`);
  const output = lines
    .slice(-LINES_ON_FAILURE)
    .map((line) => `  | ${line}`)
    .join("\n");
  throw new StepFailed(`${output}\n\n${title}: \`${command.join(" ")}\` ${how}, after ${seconds.toFixed(0)} s.`, next);
}
