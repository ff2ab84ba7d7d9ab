// The serving process: opens the platform, fires cron, and looks after workerd. Started by start.mjs, over a channel that
// tells it to stop by closing: however start.mjs ends, this process ends after it.

import { once } from "node:events";
import { createConnection } from "node:net";

import { startCron } from "./cron.mjs";
import { endOrphans } from "./orphans.mjs";
import { openPlatform } from "./platform.mjs";
import { beginRun } from "./run.mjs";
import { StepFailed } from "../support/step.mjs";

const LOOK_EVERY_MS = 1_000;
// miniflare restarts a workerd that died, in well under a second; after this many looks in vain it has not, even if it
// does not say so.
const LOOKS_IN_VAIN = 5;
const RESTARTS_MAX = 5;
const BACKOFF_FIRST_MS = 1_000;
// A platform that has served this long counts as well again.
const WELL_AFTER_MS = 5 * 60_000;
// Chromes are asked to close before they are killed, which miniflare allows 5 s for.
const STOP_WITHIN_MS = 8_000;
const NEXT = "read the errors above, and run `npm start` again.";

let platform;
let stopping = false;
const deaths = [];

process.on("disconnect", stop);
const [asked] = await once(process, "message");
const options = { ...asked, onRestart: noteDeath };
const run = beginRun();
process.send({ run });
try {
  platform = await openPlatform(options);
  startCron(() => platform?.mf);
  process.send({ url: platform.url });
  await lookAfter();
} catch (error) {
  fail(error);
}

// miniflare starts workerd again at once, however often it dies; what dies on each start would do so for ever.
function noteDeath() {
  console.log("The Workers runtime died and was started again, without its browsers.");
  endOrphans(run.folder);
  deaths.push(Date.now());
  const recent = deaths.filter((at) => Date.now() - at < WELL_AFTER_MS);
  if (recent.length > RESTARTS_MAX) fail(new StepFailed(`The Workers runtime died ${recent.length} times.`, NEXT));
}

async function stop() {
  stopping = true;
  setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  await platform?.dispose().catch((error) => console.error(error));
  process.exit(0);
}

// The failure is start.mjs's to print: it knows what the developer typed.
function fail(error) {
  if (stopping) return;
  const { message, next, stack } = error;
  process.send({ failure: { message: error instanceof StepFailed ? message : stack, next } }, () => process.exit(1));
}

// miniflare restarts workerd once for each of its deaths; if that fails, it answers nothing any more.
async function lookAfter() {
  let restarts = 0;
  let openedAt = Date.now();
  for (let missed = 0; !stopping; await pause(LOOK_EVERY_MS)) {
    missed = (await accepts(platform.url)) ? 0 : missed + 1;
    const isLost = missed >= LOOKS_IN_VAIN || (missed > 0 && (await hasGivenUp(platform)));
    if (!isLost || stopping) continue;
    if (Date.now() - openedAt > WELL_AFTER_MS) restarts = 0;
    if (restarts === RESTARTS_MAX) {
      throw new StepFailed(`The Workers runtime was opened anew ${RESTARTS_MAX} times and does not stay up.`, NEXT);
    }
    await reopen(BACKOFF_FIRST_MS * 2 ** restarts++);
    missed = 0;
    openedAt = Date.now();
  }
}

async function reopen(afterMs) {
  console.error(`The Workers runtime does not answer; opening it anew in ${afterMs / 1000} s.`);
  const { port } = new URL(platform.url);
  await platform.dispose().catch((error) => console.error(error));
  await pause(afterMs);
  try {
    // The same port, also if the first one was chosen by the system: the URL has been printed.
    platform = await openPlatform({ ...options, port: Number(port) });
    endOrphans(run.folder);
  } catch (error) {
    console.error(error);
  }
}

/** Whether miniflare knows that its restart of workerd has failed: for example, it was killed again while it started. */
function hasGivenUp({ mf }) {
  const ready = mf.ready.then(
    () => false,
    () => true,
  );
  return Promise.race([ready, pause(0).then(() => false)]);
}

function accepts(url) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port), timeout: LOOK_EVERY_MS });
    const settle = (accepted) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
