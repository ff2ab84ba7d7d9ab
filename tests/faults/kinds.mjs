// The kinds of faults: who is hit, with what, and whose browsers that ends.

import { setTimeout as pause } from "node:timers/promises";

import { isAlive, listProcesses } from "../../scripts/support/processes.mjs";
import { nameOf } from "./browser.mjs";

/**
 * @import { Prng } from "../support/prng.mjs"
 * @import { Fault, History } from "./history.mjs"
 * @import { Outages } from "./outages.mjs"
 * @import { Server } from "./server.mjs"
 */

const STOP_MS = { least: 300, most: 4_000 };
// A Chrome starts for a third of a second; under load, for a whole one.
const INTO_START_MS = 600;
// A workerd that was waited for is not always killed in its first moment.
const INTO_LIFE_MS = 3_000;
const WAIT_FOR_VICTIM_MS = 10_000;
const LOOK_EVERY_MS = 15;

/**
 * @typedef {ReturnType<typeof listProcesses>[number]} Process
 * @typedef {{chromes?: string[]}} Before what was there at the last look
 * @typedef {{server: Server, prng: Prng, history: History, before: Before}} Scene
 *
 * @typedef {object} Kind
 * @property {string} kind
 * @property {number} weight
 * @property {(scene: Scene) => Process | undefined} find
 * @property {number} [into]
 * @property {"browser" | "all"} takes
 * @property {boolean} [group]
 * @property {boolean} [down]
 * @property {NodeJS.Signals} signal
 */

/**
 * Whom it hits. `find` answers the victim, or nothing if there is none now; `into`: it is hit up to so long after it
 * was found; `takes`: whose browsers end with it; `group`: its children are stopped as well; `down`: nobody answers.
 */
const CHROME = { find: liveChrome, takes: /** @type {const} */ ("browser"), group: true };
const NEW_CHROME = { find: newChrome, into: INTO_START_MS, takes: /** @type {const} */ ("browser"), group: true };
const WORKERD = {
  find: (/** @type {{server: Server}} */ { server }) => server.workerd(),
  into: INTO_LIFE_MS,
  takes: /** @type {const} */ ("all"),
  down: true,
};
const SERVER = {
  find: (/** @type {{server: Server}} */ { server }) => server.node(),
  takes: /** @type {const} */ ("all"),
  down: true,
};

/**
 * All kinds, and how often each comes: what takes all browsers is rarer, so that there is something to lose.
 *
 * @type {Kind[]}
 */
export const KINDS = [
  { kind: "chrome killed", weight: 28, ...CHROME, signal: "SIGKILL" },
  { kind: "chrome stopped", weight: 18, ...CHROME, signal: "SIGSTOP" },
  { kind: "starting chrome killed", weight: 12, ...NEW_CHROME, signal: "SIGKILL" },
  { kind: "starting chrome stopped", weight: 8, ...NEW_CHROME, signal: "SIGSTOP" },
  { kind: "workerd killed", weight: 8, ...WORKERD, signal: "SIGKILL" },
  { kind: "workerd stopped", weight: 12, ...WORKERD, signal: "SIGSTOP" },
  { kind: "server killed", weight: 3, ...SERVER, signal: "SIGKILL" },
  { kind: "server terminated", weight: 2, ...SERVER, signal: "SIGTERM" },
  // Its workerd goes on and answers, but can neither start nor close a Chrome.
  { kind: "server stopped", weight: 6, ...SERVER, signal: "SIGSTOP", down: false },
];

/**
 * @param {Scene} scene
 */
function liveChrome({ server, prng, history }) {
  const live = server.chromes().filter((chrome) => history.sessionsOf(nameOf(chrome)).size > 0);
  return live.length > 0 ? prng.pick(live) : undefined;
}

/**
 * A Chrome that was not there at the last look.
 *
 * @param {Scene} scene
 */
function newChrome({ server, before }) {
  const chromes = server.chromes();
  const known = before.chromes ?? chromes.map(nameOf);
  before.chromes = chromes.map(nameOf);
  return chromes.find((chrome) => !known.includes(nameOf(chrome)));
}

/**
 * The next victim of this kind: while the server starts again, for example, there is none for some seconds.
 *
 * @param {Kind} kind
 * @param {Omit<Scene, "before">} scene
 */
async function findVictim({ find, into = 0 }, { server, prng, history }) {
  /** @type {Before} */
  const before = {};
  const after = prng.whole(0, into);
  for (const deadline = Date.now() + WAIT_FOR_VICTIM_MS; Date.now() < deadline; await pause(LOOK_EVERY_MS)) {
    const found = find({ server, prng, history, before });
    if (!found) continue;
    await pause(after);
    return found;
  }
  return undefined;
}

/**
 * Carries out a fault of this kind.
 *
 * @param {Kind} kind
 * @param {{server: Server, outages: Outages, prng: Prng, history: History}} scene
 * @returns {Promise<{fault: Fault, over: number | Promise<number>} | undefined>}
 * `over`: when it was over, or will be; nothing if no victim was there
 */
export async function strike(kind, { server, outages, prng, history }) {
  const victim = await findVictim(kind, { server, prng, history });
  if (!victim) return undefined;
  const stops = kind.signal === "SIGSTOP";
  const victims = stops && kind.group ? membersOf(victim) : [victim];
  // Noted before it is done: what follows from it may come in the same millisecond.
  /** @type {Fault} */
  const fault = { kind: kind.kind, at: Date.now(), victim: nameOf(victim) };
  if (!stops) fault.kills = kind.takes;
  if (fault.kills === "browser") fault.browser = fault.victim;
  if (!victims.map((one) => send(kind.signal, one)).includes(true)) return undefined;
  if (kind.down) outages.begin(stops ? undefined : victim);
  history.faults.push(fault);
  return { fault, over: stops ? resumeLater(victims, prng.whole(STOP_MS.least, STOP_MS.most)) : fault.at };
}

/**
 * The process group that a process leads.
 *
 * @param {{pid: number}} options
 */
const membersOf = ({ pid }) => listProcesses().filter(({ group }) => group === pid);

// Each by itself: their leader may have been killed meanwhile.
/**
 * @param {Process[]} victims
 * @param {number} afterMs
 */
async function resumeLater(victims, afterMs) {
  await pause(afterMs);
  for (const victim of victims) send("SIGCONT", victim);
  return Date.now();
}

/**
 * Sends a signal to exactly this process, and not to a later one of the same id; whether it was there.
 *
 * @param {NodeJS.Signals} signal
 * @param {Process} victim
 */
function send(signal, victim) {
  if (!isAlive(victim)) return false;
  try {
    return process.kill(victim.pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH") return false;
    throw error;
  }
}
