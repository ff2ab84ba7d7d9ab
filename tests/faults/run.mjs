// One run: a server, a load, a storm of faults, thirty seconds of peace, and the leak audit.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { temporary } from "../../scripts/support/places.mjs";
import { StepFailed } from "../../scripts/support/step.mjs";
import { Prng } from "../support/prng.mjs";
import { until } from "../support/waits.mjs";
import { ProcessSnapshots } from "./process_snapshots.mjs";
import { Client } from "./client.mjs";
import { History } from "./history.mjs";
import { startLoad } from "./load.mjs";
import { Observer } from "./observer.mjs";
import { Outages } from "./outages.mjs";
import { auditLeaks } from "./leak_audit.mjs";
import { Recovery } from "./recovery.mjs";
import { findLeftovers, findStaleRuns, readAll } from "./leftovers.mjs";
import { quietPort, Server } from "./server.mjs";
import { rage } from "./storm.mjs";

/** How long after the last fault what is still there counts. */
const PEACE_MS = 30_000;
// A session of 20 s, and what its start and its end may take on a machine under load, with its Chrome stopped twice.
const BROWSER_LIFE_MS_MAX = 40_000;
const START_WITHIN_MS = 60_000;
/** Whoever looks whether all is whole again has a project of its own, so that no agent is in its way. */
const PROJECTS = ["load", "probe"];

/**
 * @typedef {object} Run
 * @property {number} seed
 * @property {History} history
 * @property {{from: number, to: number}[]} outages
 * @property {ReturnType<typeof auditLeaks>} broken
 * @property {number} tookMs
 * @property {string} folder with the storage, what the server printed, and the history
 * @property {() => void} clear removes it
 *
 * @param {{count: number, seed: number, report?: (history: History) => void}} options
 * `report` is called after each fault
 * @returns {Promise<Run>}
 */
export async function runFaults({ count, seed, report = () => {} }) {
  const began = Date.now();
  const folder = mkdtempSync(join(temporary, "tidewatch-faults-"));
  const prng = new Prng(seed);
  const history = new History();
  const server = new Server({ folder, port: await quietPort(prng) });
  const outages = new Outages(server);
  server.onEnd = () => {
    history.serverEnded();
    outages.begin();
  };
  let leftovers;
  try {
    await startServer(server);
    leftovers = await breakAndCount({ count, prng, history, server, outages, report });
  } finally {
    await server.stop();
  }
  const left = { ...leftovers, staleRuns: await findStaleRuns(server) };
  const broken = auditLeaks({ ...history, outages: outages.list, leftovers: left });
  writeFileSync(
    join(folder, "history.json"),
    JSON.stringify({ seed, ...history, outages: outages.list, leftovers: left }),
  );
  const clear = () => rmSync(folder, { recursive: true, force: true });
  return { seed, history, outages: outages.list, broken, tookMs: Date.now() - began, folder, clear };
}

/** @param {Server} server */
async function startServer(server) {
  await server.start();
  try {
    await until("the server answers", () => server.isServing(), START_WITHIN_MS);
  } catch (error) {
    throw new StepFailed(/** @type {Error} */ (error).message, `read what it printed: ${server.log}`);
  }
}

/**
 * The storm under load, the peace after it, and what is left then.
 *
 * @param {{prng: Prng, report: (history: History) => void, count: number, history: History, server: Server,
 *   outages: Outages}} options
 */
async function breakAndCount({ prng, report, count, ...scene }) {
  const { server, history } = scene;
  /**
   * @param {string} project
   * @param {string} who
   */
  const connect = (project, who) => new Client({ url: server.url, secret: server.secret, history, project, who });
  const snapshots = new ProcessSnapshots(server);
  const load = startLoad({ connect: (who) => connect("load", who), prng });
  const observers = PROJECTS.map((project) => new Observer(connect(project, "observer")));
  const recovery = new Recovery({ client: connect("probe", "probe"), observers, history });
  // Something has to be whole before it can be broken.
  await recovery.time({ fault: { at: 0 }, since: Date.now() });
  const storm = await rage({ ...scene, count, prng: prng.fork("storm"), recovery, report });
  await calmDown({ ...storm, load, observers });
  const readers = PROJECTS.map((project) => connect(project, "reader"));
  const leftovers = await findLeftovers({ server, clients: readers });
  await readAll({ clients: readers, history });
  await snapshots.stop();
  return { ...leftovers, outstayed: snapshots.outstayed(BROWSER_LIFE_MS_MAX) };
}

/**
 * Ends the load, and then asks the service nothing: its sessions end by themselves.
 *
 * @param {object} options
 * @param {{stop(): Promise<void>}} options.load
 * @param {Observer[]} options.observers
 * @param {Promise<void>[]} options.recoveries
 * @param {number} options.lastAt
 */
async function calmDown({ load, observers, recoveries, lastAt }) {
  const quiet = load
    .stop()
    .then(() => Promise.all(recoveries))
    .then(() => Promise.all(observers.map((observer) => observer.stop())));
  await pause(lastAt + PEACE_MS - Date.now());
  // What is not whole by now never was.
  for (const observer of observers) observer.stop();
  await Promise.race([quiet, pause(0)]);
}
