// The port that the service listens on: whether it is free, and what to say when it is not.

import { createServer } from "node:net";

import { StepFailed } from "../support/step.mjs";

export const HOST = "127.0.0.1";
const PORT_DEFAULT = 8787;
const PORT_MAX = 65_535;

/** The port of a text such as the environment's PORT. 0 is any free one. */
export function parsePort(text = "") {
  const port = text === "" ? PORT_DEFAULT : Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= PORT_MAX) return port;
  throw new StepFailed(`PORT is \`${text}\`, which is no port.`, `use a whole number up to ${PORT_MAX}.`);
}

/** Rejects with the failure to show if another program listens on the port. */
export function ensureFree(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error) => reject(error.code === "EADDRINUSE" ? portTaken(port) : error));
    probe.listen({ host: HOST, port }, () => probe.close(resolve));
  });
}

/** The failure that names a taken port and the way out. */
export function portTaken(port) {
  return new StepFailed(
    `Port ${port} on ${HOST} is taken by another program.`,
    `stop that program, or take another port: PORT=${port + 1} npm start`,
  );
}
