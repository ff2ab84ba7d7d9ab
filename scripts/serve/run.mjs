// A run: one serving process, its workerd and its Chromes, and the folder by which these processes are found.
//
// Each process of a run has the run folder's path on its command line: workerd because it is started through a link in
// that folder, Chrome because its profile is below it. So no list of pids is needed, and no process can be missed.

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
import { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { temporary } from "../support/places.mjs";
import { findProcess, isAlive, kill, listProcesses } from "../support/processes.mjs";

const PREFIX = "tidewatch-run-";
const OWNER = "owner.json";
// A folder without the owner's file is being made at this moment, unless it is older than this.
const OWNERLESS_AFTER_MS = 60_000;
// SIGKILL acts at once, but a machine under load reaps processes late. After this time it is an error.
const END_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 20;

/** @typedef {import("../support/processes.mjs").FoundProcess} FoundProcess */
/** @typedef {{folder: string, watchdog: number | undefined}} Run `watchdog`: its process id */

/** @type {Run | undefined} */
let current;

/**
 * Begins this process's run, once: its folder, and the watchdog that ends the run when this process ends, in whatever
 * way. Must be called before miniflare is loaded, which reads TMPDIR and MINIFLARE_WORKERD_PATH.
 */
export function beginRun() {
  if (current) return current;
  const folder = mkdtempSync(join(temporary, `${PREFIX}${process.pid}-`));
  const startedAt = findProcess(process.pid)?.startedAt;
  writeFileSync(join(folder, OWNER), JSON.stringify({ pid: process.pid, startedAt }));
  const workerd = join(folder, "workerd");
  symlinkSync(process.env.MINIFLARE_WORKERD_PATH ?? installedWorkerd(), workerd);
  process.env.TMPDIR = folder;
  process.env.MINIFLARE_WORKERD_PATH = workerd;
  current = { folder, watchdog: startWatchdog(folder).pid };
  return current;
}

/**
 * The path of workerd itself. The command in node_modules/.bin may be a script in front of it, which passes on no pipe
 * and no signal.
 *
 * @returns {string}
 */
export function installedWorkerd() {
  const miniflare = createRequire(import.meta.url).resolve("miniflare");
  return createRequire(miniflare)("workerd").default;
}

/**
 * Starts the watchdog. It reads from a pipe that only this process holds. The kernel closes the pipe when this process
 * ends, in whatever way.
 *
 * @param {string} folder
 */
function startWatchdog(folder) {
  const script = fileURLToPath(new URL("watchdog.mjs", import.meta.url));
  const watchdog = spawn(process.execPath, [script, folder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  watchdog.unref();
  // A pipe of a child process is a socket, which does not keep this process alive after `unref`.
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
  watchdog.stdin.on("error", () => {}); // A killed watchdog does not stop the service.
  return watchdog;
}

/**
 * Ends a run whose owner has ended: kills its processes and removes its folder.
 *
 * @param {string} folder
 */
export async function endRun(folder) {
  const deadline = Date.now() + END_WITHIN_MS;
  /** @type {Map<number, string>} */
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
  // In a loop: the watchdog and the next start may remove it at the same time, and then one of them stops half-way.
  while (existsSync(folder)) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: LOOK_EVERY_MS });
    await pause(LOOK_EVERY_MS);
  }
}

/**
 * The processes of a run: those with its folder on their command line, their descendants, and the groups that they
 * lead.
 *
 * @param {string} folder
 * @param {Map<number, string>} known the members found by earlier calls, as start times by pid. A child of a killed
 * parent shows no relation any more.
 */
function findMembers(folder, known) {
  const all = listProcesses().filter(({ pid }) => pid !== process.pid);
  const isKnown = (/** @type {FoundProcess} */ { pid, startedAt }) => known.get(pid) === startedAt;
  const members = new Set(all.filter((found) => isOfRun(found.command, folder) || isKnown(found)));
  let before;
  do {
    before = members.size;
    const pids = new Set([...members].map(({ pid }) => pid));
    for (const found of all) if (pids.has(found.parent) || pids.has(found.group)) members.add(found);
  } while (members.size > before);
  for (const { pid, startedAt } of members) known.set(pid, startedAt);
  return [...members];
}

/**
 * Whether a command line belongs to a run. A mere mention is not enough: an editor or a `tail` with a file of the run
 * belongs to the developer.
 *
 * @param {string} command
 * @param {string} folder
 */
const isOfRun = (command, folder) => command.startsWith(`${folder}/`) || command.includes(`--user-data-dir=${folder}/`);

/** Ends all runs whose owner and watchdog were both killed. Returns how many there were. */
export async function sweepRuns() {
  const abandoned = readdirSync(temporary)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(temporary, name))
    .filter(isAbandoned);
  for (const folder of abandoned) await endRun(folder);
  return abandoned.length;
}

/** @param {string} folder */
function isAbandoned(folder) {
  try {
    const { uid, mtimeMs } = statSync(folder);
    if (uid !== process.getuid?.()) return false;
    const owner = join(folder, OWNER);
    if (!existsSync(owner)) return Date.now() - mtimeMs > OWNERLESS_AFTER_MS;
    return !isAlive(JSON.parse(readFileSync(owner, "utf8")));
  } catch {
    return false; // Removed meanwhile, by its watchdog.
  }
}
