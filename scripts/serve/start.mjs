// `npm start`: installs what is missing, builds, serves, and leaves nothing behind when it ends.
//
// This process runs under the machine's own Node. The serving process runs under a Node that miniflare accepts. It is
// in a process group of its own, so that a Ctrl-C reaches it only through this process, in order.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { root, secretsFile, stateFolder } from "../support/places.mjs";
import { ensureFree, parsePort } from "./port.mjs";
import { endRun, sweepRuns } from "./run.mjs";
import { ensureSecrets } from "../keys/secrets.mjs";
import { setUpAndBuild } from "../setup/setup.mjs";
import { report, StepFailed } from "../support/step.mjs";
import { modernNode } from "../tools/toolchain.mjs";
import { welcome } from "./welcome.mjs";

/** @typedef {import("./run.mjs").Run} Run */
/** @typedef {{run?: Run, url?: string, failure?: {message: string, next?: string}}} Message from serve.mjs */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const CHECK_PARENT_EVERY_MS = 500;
const DEVELOPMENT = {
  // On a developer's machine all browsers are ours: those that no session knows may be closed.
  BROWSERS_ARE_OURS_ALONE: "true",
  // The developer's own pages may call, on any port.
  ALLOWED_ORIGINS: "http://localhost:* http://127.0.0.1:*",
};

const { values } = parseArgs({
  options: {
    // The tests run several starts side by side, each with files of its own.
    secrets: { type: "string", default: secretsFile },
    state: { type: "string", default: stateFolder },
  },
});

try {
  process.exitCode = await start();
} catch (error) {
  report(error);
  // At once, also if other steps of setting up still run.
  process.exit(1);
}

async function start() {
  const port = parsePort(process.env.PORT);
  const abandoned = await sweepRuns();
  if (abandoned > 0) console.log(`Cleaned up after ${abandoned} run(s) that had been killed.`);
  await ensureFree(port);
  const chrome = await setUpAndBuild();
  const secrets = ensureSecrets(values.secrets);
  return serve({ port, chrome, secrets });
}

/**
 * Serves until a signal stops it. Returns the exit code.
 *
 * @param {{port: number, chrome: string, secrets: ReturnType<typeof ensureSecrets>}} options
 */
async function serve({ port, chrome, secrets }) {
  const server = startServer(port, secrets);
  /** @type {{run?: Run, failure?: {message: string, next?: string}}} */
  const received = {};
  server.on("message", (/** @type {Message} */ { run, url, failure }) => {
    received.run ??= run;
    received.failure ??= failure;
    if (url) console.log(welcome({ url, key: secrets.TIDEWATCH_API_KEY, file: values.secrets, chrome }));
  });
  const stop = stopOnSignal(server);
  stopWithNpm(stop.now);
  const [code, signal] = await once(server, "exit");
  stop.done();
  // The watchdog does the same at this moment, unless it was killed. The developer waits until it is done.
  if (received.run) await endRun(received.run.folder);
  if (received.failure) throw new StepFailed(received.failure.message, received.failure.next);
  if (stop.requested()) return 0;
  throw new StepFailed(
    `The serving process ended by itself (${signal ?? `code ${code}`}). Its browsers are closed.`,
    "run `npm start` again.",
  );
}

/**
 * @param {number} port
 * @param {{TIDEWATCH_SECRET: string}} secrets
 */
function startServer(port, { TIDEWATCH_SECRET }) {
  const script = fileURLToPath(new URL("serve.mjs", import.meta.url));
  const server = spawn(modernNode(), [script], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  // Over the channel, as all users of the machine can read a command line.
  server.send({ port, persist: values.state, vars: { TIDEWATCH_SECRET, ...DEVELOPMENT } });
  return server;
}

/**
 * The first signal asks the server to close its browsers and stop. A second one kills it.
 *
 * @param {import("node:child_process").ChildProcess} server
 */
function stopOnSignal(server) {
  let requests = 0;
  const now = () => {
    requests += 1;
    if (requests > 1) server.kill("SIGKILL");
    else if (server.connected) server.disconnect();
  };
  for (const signal of SIGNALS) process.on(signal, now);
  return {
    now,
    requested: () => requests > 0,
    done: () => {
      for (const signal of SIGNALS) process.off(signal, now);
    },
  };
}

/**
 * Stops when npm is killed. A SIGKILL of npm does not reach its child; the only sign is a new parent process.
 *
 * @param {() => void} stop
 */
function stopWithNpm(stop) {
  if (process.env.npm_lifecycle_event !== "start") return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, CHECK_PARENT_EVERY_MS);
  timer.unref();
}
