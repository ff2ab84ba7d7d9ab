// The port that the service listens on: whether it is free, and the failure if it is not.

import { createServer } from "node:net";

import { hasCode } from "../support/processes.mjs";
import { StepFailed } from "../support/step.mjs";

export const HOST = "127.0.0.1";
const PORT_DEFAULT = 8787;
const PORT_MAX = 65_535;

/**
 * Parses a port, for example from the variable PORT. 0 is any free port.
 *
 * @param {string} [text]
 */
export function parsePort(text = "") {
  const port = text === "" ? PORT_DEFAULT : Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= PORT_MAX) return port;
  throw new StepFailed(`PORT is \`${text}\`, which is no port.`, `use an integer up to ${PORT_MAX}.`);
}

/**
 * Rejects with a failure to show, if another program listens on the port.
 *
 * @param {number} port
 * @returns {Promise<void>}
 */
export function ensureFree(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error) => reject(hasCode(error, "EADDRINUSE") ? portTaken(port) : error));
    probe.listen({ host: HOST, port }, () => probe.close(() => resolve()));
  });
}

/**
 * The failure that names a taken port and what to do.
 *
 * @param {number} port
 */
export function portTaken(port) {
  return new StepFailed(
    `Port ${port} on ${HOST} is taken by another program.`,
    `stop that program, or take another port: PORT=${port + 1} npm start`,
  );
}
