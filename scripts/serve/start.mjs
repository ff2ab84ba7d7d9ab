// `npm start`: sets up what is missing, builds, serves, and leaves nothing behind when it ends.
//
// This process runs under whatever Node the machine has. The serving one runs under a Node that miniflare accepts, in a
// process group of its own, so that a Ctrl-C reaches it only through this one, in order.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { build } from "../build/build.mjs";
import { root, secretsFile, stateFolder } from "../support/places.mjs";
import { ensureFree, parsePort } from "./port.mjs";
import { endRun, sweepRuns } from "./run.mjs";
import { ensureSecrets } from "../keys/secrets.mjs";
import { setUp } from "../setup/setup.mjs";
import { report, StepFailed } from "../support/step.mjs";
import { modernNode } from "../tools/toolchain.mjs";
import { welcome } from "./welcome.mjs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const LOOK_FOR_PARENT_EVERY_MS = 500;
const DEVELOPMENT = {
  // On a developer's machine all browsers are ours: one that no session knows may be closed.
  BROWSERS_ARE_OURS_ALONE: "true",
  // Their own pages may call, whatever serves them.
  ALLOWED_ORIGINS: "http://localhost:* http://127.0.0.1:*",
};

const { values } = parseArgs({
  options: {
    // Where this start differs from the next one: the tests run several side by side.
    secrets: { type: "string", default: secretsFile },
    state: { type: "string", default: stateFolder },
  },
});

try {
  process.exitCode = await start();
} catch (error) {
  report(error);
  process.exitCode = 1;
}

async function start() {
  const port = parsePort(process.env.PORT);
  const abandoned = await sweepRuns();
  if (abandoned > 0) console.log(`Cleaned up after ${abandoned} run(s) that had been killed.`);
  await ensureFree(port);
  const chrome = await setUp();
  await build();
  const secrets = ensureSecrets(values.secrets);
  return serve({ port, chrome, secrets });
}

/** Serves until told to stop; the exit code. */
async function serve({ port, chrome, secrets }) {
  const server = startServer(port, secrets);
  const told = { run: undefined, failure: undefined };
  server.on("message", ({ run, url, failure }) => {
    told.run ??= run;
    told.failure ??= failure;
    if (url) console.log(welcome({ url, key: secrets.TIDEWATCH_API_KEY, file: values.secrets, chrome }));
  });
  const stop = stopOnSignal(server);
  stopWithNpm(stop.now);
  const [code, signal] = await new Promise((resolve) => server.once("exit", (...how) => resolve(how)));
  stop.done();
  // The watchdog does the same at this moment; it may have been killed, and whoever waits here wants it done.
  if (told.run) await endRun(told.run.folder);
  if (told.failure) throw new StepFailed(told.failure.message, told.failure.next);
  if (stop.asked()) return 0;
  throw new StepFailed(
    `The serving process ended by itself (${signal ?? `code ${code}`}). Its browsers are closed.`,
    "run `npm start` again.",
  );
}

function startServer(port, { TIDEWATCH_SECRET }) {
  const script = fileURLToPath(new URL("serve.mjs", import.meta.url));
  const server = spawn(modernNode(), [script], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  // Over the channel, as everybody on the machine can read a command line.
  server.send({ port, persist: values.state, vars: { TIDEWATCH_SECRET, ...DEVELOPMENT } });
  return server;
}

// The first signal asks the server to close its browsers and stop; a second one waits for nothing.
function stopOnSignal(server) {
  let asked = 0;
  const now = () => {
    asked += 1;
    if (asked > 1) server.kill("SIGKILL");
    else if (server.connected) server.disconnect();
  };
  for (const signal of SIGNALS) process.on(signal, now);
  return {
    now,
    asked: () => asked > 0,
    done: () => SIGNALS.forEach((signal) => process.off(signal, now)),
  };
}

// A SIGKILL of npm does not reach its child: the only sign is another parent.
function stopWithNpm(stop) {
  if (process.env.npm_lifecycle_event !== "start") return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, LOOK_FOR_PARENT_EVERY_MS);
  timer.unref();
}
