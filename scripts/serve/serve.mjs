// The serving process: opens the platform, fires cron, and supervises workerd. start.mjs starts it with an IPC channel.
// When the channel closes, this process stops. So it ends after start.mjs, in whatever way start.mjs ends.

import { once } from "node:events";
import { createConnection } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

import { startCron } from "./cron.mjs";
import { endOrphans } from "./orphans.mjs";
import { openPlatform } from "./platform.mjs";
import { beginRun } from "./run.mjs";
import { StepFailed } from "../support/step.mjs";

const CHECK_EVERY_MS = 1_000;
// miniflare restarts a dead workerd in well under a second. After this many failed checks the restart has failed, even
// if miniflare does not report it.
const FAILED_CHECKS_MAX = 5;
const RESTARTS_MAX = 5;
const BACKOFF_FIRST_MS = 1_000;
// After this time of service, earlier deaths no longer count.
const STABLE_AFTER_MS = 5 * 60_000;
// miniflare gives Chromes 5 s to close before it kills them.
const STOP_WITHIN_MS = 8_000;
const NEXT = "read the errors above, and run `npm start` again.";

/** @typedef {import("./platform.mjs").Platform} Platform */
/** @typedef {import("./platform.mjs").PlatformOptions} PlatformOptions */

/**
 * A message to start.mjs.
 *
 * @typedef {{run: import("./run.mjs").Run} | {url: string} | {failure: {message: string, next?: string}}} ServeMessage
 */

/** @type {Platform | undefined} */
let platform;
let stopping = false;
/** @type {number[]} */
const deaths = [];

process.on("disconnect", stop);
const [requested] = await once(process, "message");
/** @type {PlatformOptions} */
const options = { ...requested, onRestart: noteDeath };
const run = beginRun();
send({ run });
try {
  platform = await openPlatform(options);
  startCron(() => platform?.mf);
  send({ url: platform.url });
  await supervise(platform);
} catch (error) {
  fail(error);
}

/**
 * @param {ServeMessage} message
 * @param {() => void} [then]
 */
function send(message, then) {
  process.send?.(message, undefined, undefined, then);
}

// miniflare restarts workerd at once, however often it dies. A workerd that dies at each start would do so for ever.
function noteDeath() {
  console.log("The Workers runtime died and was started again, without its browsers.");
  endOrphans(run.folder);
  deaths.push(Date.now());
  const recent = deaths.filter((at) => Date.now() - at < STABLE_AFTER_MS);
  if (recent.length > RESTARTS_MAX) fail(new StepFailed(`The Workers runtime died ${recent.length} times.`, NEXT));
}

async function stop() {
  stopping = true;
  setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  await platform?.dispose().catch((error) => console.error(error));
  process.exit(0);
}

/**
 * Ends this process with a failure, which start.mjs prints.
 *
 * @param {unknown} error
 */
function fail(error) {
  if (stopping) return;
  send({ failure: describe(error) }, () => process.exit(1));
}

/** @param {unknown} error */
function describe(error) {
  if (error instanceof StepFailed) return { message: error.message, next: error.next };
  return { message: error instanceof Error && error.stack ? error.stack : String(error) };
}

/**
 * Checks that the platform answers, and opens it again if it does not. miniflare restarts workerd once for each death.
 * If the restart fails, nothing answers any more.
 *
 * @param {Platform} first
 */
async function supervise(first) {
  let served = first;
  let restarts = 0;
  let openedAt = Date.now();
  for (let failed = 0; !stopping; await pause(CHECK_EVERY_MS)) {
    failed = (await accepts(served.url)) ? 0 : failed + 1;
    const isLost = failed >= FAILED_CHECKS_MAX || (failed > 0 && (await hasGivenUp(served)));
    if (!isLost || stopping) continue;
    if (Date.now() - openedAt > STABLE_AFTER_MS) restarts = 0;
    if (restarts === RESTARTS_MAX) {
      throw new StepFailed(`The Workers runtime was opened again ${RESTARTS_MAX} times and does not stay up.`, NEXT);
    }
    served = await reopen(served, BACKOFF_FIRST_MS * 2 ** restarts++);
    failed = 0;
    openedAt = Date.now();
  }
}

/**
 * Opens the platform again.
 *
 * @param {Platform} lost
 * @param {number} afterMs
 * @returns {Promise<Platform>} the lost one if that failed
 */
async function reopen(lost, afterMs) {
  console.error(`The Workers runtime does not answer; opening it again in ${afterMs / 1000} s.`);
  const { port } = new URL(lost.url);
  await lost.dispose().catch((error) => console.error(error));
  await pause(afterMs);
  try {
    // On the same port, even if the system chose it: the URL has been printed.
    platform = await openPlatform({ ...options, port: Number(port) });
    endOrphans(run.folder);
    return platform;
  } catch (error) {
    console.error(error);
    return lost;
  }
}

/**
 * Whether miniflare knows that its restart of workerd has failed, for example because workerd was killed again.
 *
 * @param {Platform} platform
 */
function hasGivenUp({ mf }) {
  const ready = mf.ready.then(
    () => false,
    () => true,
  );
  return Promise.race([ready, pause(0).then(() => false)]);
}

/**
 * Whether the service accepts connections.
 *
 * @param {string} url
 * @returns {Promise<boolean>}
 */
function accepts(url) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port), timeout: CHECK_EVERY_MS });
    const settle = (/** @type {boolean} */ accepted) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}
