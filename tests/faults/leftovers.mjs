// What is left after a run: on this machine by the table of processes, and by the service's own word.

import { statSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { connectCdp } from "../support/cdp.mjs";

/**
 * @import { FoundProcess } from "../../scripts/support/processes.mjs"
 * @import { Client } from "./client.mjs"
 * @import { History, Seen } from "./history.mjs"
 * @import { Server } from "./server.mjs"
 */

const RUINS_GONE_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

/**
 * @param {{server: Server, clients: Client[]}} options
 * one client for each project
 * @returns {Promise<{browsers: {what: string, at?: number}[], hollow: string[]}>}
 * `hollow`: the ids of sessions that say live without a browser
 */
export async function findLeftovers({ server, clients }) {
  // First: to be asked about its sessions must not make the service close what it had left open.
  const browsers = tellBrowsers(server.chromeProcesses());
  const lists = await Promise.all(clients.map((client) => client.list("status=live&limit=100")));
  const live = lists.flatMap(({ body }) => body.sessions);
  const hollow = await Promise.all(live.map(async (session) => ((await hasBrowser(session)) ? [] : [session.id])));
  return { browsers, hollow: hollow.flat() };
}

/**
 * What is left of all serving processes, once the last one has ended and its watchdog has had its time.
 *
 * @param {Server} server
 */
export async function findStaleRuns(server) {
  const deadline = Date.now() + RUINS_GONE_WITHIN_MS;
  for (;;) {
    const staleRuns = server.staleRuns();
    if (staleRuns.length === 0 || Date.now() > deadline) return staleRuns;
    await pause(LOOK_EVERY_MS);
  }
}

/**
 * Reads every session again that any answer has shown, for its final state.
 *
 * @param {{clients: Client[], history: History}} options
 */
export async function readAll({ clients, history }) {
  for (const client of clients) {
    const own = history.calls.filter(({ project }) => project === client.project);
    const ids = [...new Set(own.flatMap(({ seen }) => seen.map((/** @type {{id: string}} */ { id }) => id)))];
    for (const id of ids) await client.get(id);
  }
}

/**
 * Each browser with a remaining process, and its start: the time when its profile was made.
 *
 * @param {FoundProcess[]} processes
 */
function tellBrowsers(processes) {
  /** @param {{command: string}} options */
  const profileOf = ({ command }) => /--user-data-dir=(\S+)/.exec(command)?.[1] ?? "";
  return [...new Set(processes.map(profileOf))].map((profile) => {
    const left = processes.filter((found) => profileOf(found) === profile);
    const root = left.find(({ command }) => !command.includes("--type="));
    const main = root ? `process ${root.pid}` : "without its main process";
    const at = statSync(profile, { throwIfNoEntry: false })?.birthtimeMs;
    return { what: `${basename(profile)}, ${main}, ${left.length} processes in all`, at };
  });
}

/** @param {{websocketUrl: string}} options */
async function hasBrowser({ websocketUrl }) {
  try {
    const cdp = await connectCdp(websocketUrl);
    await cdp.send("Browser.getVersion").finally(() => cdp.drop());
    return true;
  } catch {
    return false;
  }
}
