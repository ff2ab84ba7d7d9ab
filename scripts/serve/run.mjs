// A run: one serving process, its workerd and its Chromes, and the folder that tells which processes are its own.
//
// Whatever a run starts carries the run folder's path on its command line: workerd because it is started through a link
// in that folder, Chrome because its profile is below it. So there is no list of pids to keep, and none to miss.

import { spawn } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { temporary } from "../support/places.mjs";
import { findProcess, isAlive, kill, listProcesses } from "../support/processes.mjs";

const PREFIX = "tidewatch-run-";
const OWNER = "owner.json";
// A folder without an owner's name in it is being made right now, unless it is older than this.
const NAMELESS_AFTER_MS = 60_000;
// SIGKILL acts at once, but a machine under load takes its time to reap; after this we give up and say so.
const END_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 20;

let current;

/**
 * Begins this process's run, once: its folder, and the watchdog that ends the run when this process is gone, however it
 * went. To be called before miniflare is loaded: it reads TMPDIR and MINIFLARE_WORKERD_PATH.
 */
export function beginRun() {
  if (current) return current;
  const folder = mkdtempSync(join(temporary, `${PREFIX}${process.pid}-`));
  const { pid, startedAt } = findProcess(process.pid);
  writeFileSync(join(folder, OWNER), JSON.stringify({ pid, startedAt }));
  const workerd = join(folder, "workerd");
  symlinkSync(process.env.MINIFLARE_WORKERD_PATH ?? installedWorkerd(), workerd);
  process.env.TMPDIR = folder;
  process.env.MINIFLARE_WORKERD_PATH = workerd;
  current = { folder, watchdog: startWatchdog(folder).pid };
  return current;
}

/** The runtime itself. What stands in node_modules/.bin may be a script in front of it, which hands on no pipe and no signal. */
export function installedWorkerd() {
  const miniflare = createRequire(import.meta.url).resolve("miniflare");
  return createRequire(miniflare)("workerd").default;
}

// The watchdog reads from a pipe that only this process holds; the kernel closes it however this process ends.
function startWatchdog(folder) {
  const script = fileURLToPath(new URL("watchdog.mjs", import.meta.url));
  const watchdog = spawn(process.execPath, [script, folder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  watchdog.unref();
  watchdog.stdin.unref();
  watchdog.stdin.on("error", () => {}); // A killed watchdog is no reason to stop serving.
  return watchdog;
}

/** Ends a run whose owner is gone: kills what it left behind, and removes its folder. */
export async function endRun(folder) {
  const deadline = Date.now() + END_WITHIN_MS;
  const known = new Map();
  for (;;) {
    const members = findMembers(folder, known);
    if (members.length === 0) break;
    if (Date.now() > deadline) {
      throw new Error(`These processes of an earlier run can't be ended: ${members.map(({ pid }) => pid).join(", ")}`);
    }
    for (const { pid } of members) kill(pid);
    await pause(LOOK_EVERY_MS);
  }
  // More than once: where two remove it at the same time (the watchdog and the next start), one may stop half-way.
  while (existsSync(folder)) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: LOOK_EVERY_MS });
    await pause(LOOK_EVERY_MS);
  }
}

/**
 * The processes of a run: those that carry its folder on their command line, their descendants, and the groups that they
 * lead. `known` remembers them from one look to the next, as a child of a killed parent shows no relation any more.
 */
function findMembers(folder, known) {
  const all = listProcesses().filter(({ pid }) => pid !== process.pid);
  const members = new Set(all.filter((found) => carries(found.command, folder) || isKnown(found, known)));
  let before;
  do {
    before = members.size;
    const pids = new Set([...members].map(({ pid }) => pid));
    for (const found of all) if (pids.has(found.parent) || pids.has(found.group)) members.add(found);
  } while (members.size > before);
  for (const { pid, startedAt } of members) known.set(pid, startedAt);
  return [...members];
}

const isKnown = ({ pid, startedAt }, known) => known.get(pid) === startedAt;

// Not just any mention: an editor or a `tail` with a file of the run open is the developer's own.
const carries = (command, folder) => command.startsWith(`${folder}/`) || command.includes(`--user-data-dir=${folder}/`);

/** Ends all runs whose owner and watchdog were both killed. Says how many there were. */
export async function sweepRuns() {
  const abandoned = readdirSync(temporary)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(temporary, name))
    .filter(isAbandoned);
  for (const folder of abandoned) await endRun(folder);
  return abandoned.length;
}

function isAbandoned(folder) {
  try {
    const { uid, mtimeMs } = statSync(folder);
    if (uid !== process.getuid()) return false;
    const owner = join(folder, OWNER);
    if (!existsSync(owner)) return Date.now() - mtimeMs > NAMELESS_AFTER_MS;
    return !isAlive(JSON.parse(readFileSync(owner, "utf8")));
  } catch {
    return false; // Gone meanwhile: its watchdog is at work.
  }
}
