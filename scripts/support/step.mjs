// One long step of setting up: says what it is for and how long it takes, and on a failure what to do.

import { runCommand } from "./command.mjs";

const LINES_ON_FAILURE = 40;

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
  const { code, how, lines, seconds } = await runCommand(command, { env });
  if (code === 0) return console.log(`  done in ${seconds.toFixed(1)} s`);
  const output = lines
    .slice(-LINES_ON_FAILURE)
    .map((line) => `  | ${line}`)
    .join("\n");
  throw new StepFailed(`${output}\n\n${title}: \`${command.join(" ")}\` ${how}, after ${seconds.toFixed(0)} s.`, next);
}
