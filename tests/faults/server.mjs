// The server under test: scripts/serve/serve.mjs in a process of its own, started as start.mjs does. When it ends it is
// started again, as a process supervisor does, on the same port and with the same storage.

import { fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { root, temporary } from "../../scripts/support/places.mjs";
import { HOST } from "../../scripts/serve/port.mjs";
import { findProcess, listProcesses } from "../../scripts/support/processes.mjs";
import { makeSecret } from "../../scripts/keys/secrets.mjs";
import { modernNode } from "../../scripts/tools/toolchain.mjs";
import { isFree } from "../support/local_server.mjs";

/**
 * @import { ChildProcess, StdioOptions } from "node:child_process"
 * @import { Prng } from "../support/prng.mjs"
 */

const SERVE = fileURLToPath(new URL("../../scripts/serve/serve.mjs", import.meta.url));
// Little more than there are agents, so that sessions that were left behind stand in the way of new ones.
const LIVE_SESSIONS_MAX = 6;
// Below the ports that the system hands out by itself: while the server is down, a Chrome must not be given its port.
const PORTS = { from: 20_000, to: 30_000 };
// A server that can't start is not started in a loop.
const RESTART_AFTER_MS = 500;
const SHORT_LIFE_MS = 500;
const HEALTH_WITHIN_MS = 1_000;

export class Server {
  /** Every serving process that there was: each has a run of its own. @type {number[]} */
  #pids = [];
  /** @type {ChildProcess | undefined} */
  #child;
  #stopping = false;
  /** Told each time when a serving process has ended that was not to end. */
  onEnd = () => {};

  /** @param {{folder: string, port: number}} options `folder` is for storage and log */
  constructor({ folder, port }) {
    this.url = `http://${HOST}:${port}`;
    this.secret = makeSecret();
    this.log = join(folder, "server.log");
    this.output = createWriteStream(this.log, { flags: "a" });
    this.options = {
      port,
      persist: join(folder, "state"),
      vars: {
        TIDEWATCH_SECRET: this.secret,
        LIVE_SESSIONS_MAX: String(LIVE_SESSIONS_MAX),
        BROWSERS_ARE_OURS_ALONE: "true",
      },
    };
  }

  async start() {
    await once(this.output, "open");
    this.#spawn();
  }

  #spawn() {
    const began = Date.now();
    /** @type {StdioOptions} */
    const stdio = ["ignore", this.output, this.output, "ipc"];
    const child = fork(SERVE, [], { cwd: root, execPath: modernNode(), detached: true, stdio });
    this.#child = child;
    if (child.pid) this.#pids.push(child.pid);
    child.on("error", () => {}); // Killed before it was told what to serve.
    child.send(this.options);
    child.once("exit", async () => {
      if (!this.#stopping) this.onEnd();
      if (Date.now() - began < SHORT_LIFE_MS) await pause(RESTART_AFTER_MS);
      if (!this.#stopping) this.#spawn();
    });
  }

  /** The process id of the latest serving process; 0 before the first. */
  get #pid() {
    return this.#child?.pid ?? 0;
  }

  /** The serving process, if it runs. */
  node() {
    return findProcess(this.#pid);
  }

  /** The Workers runtime of the serving process, if it runs. */
  workerd() {
    const run = this.#run(this.#pid);
    return listProcesses().find(({ command }) => command.startsWith(run) && /^\S+\/workerd /.test(command));
  }

  /** The root processes of the Chromes of the serving process. Each leads a process group. */
  chromes() {
    const profile = `--user-data-dir=${this.#run(this.#pid)}`;
    return listProcesses().filter(({ pid, group, command }) => pid === group && command.includes(profile));
  }

  /** All processes of Chromes that any serving process has started. */
  chromeProcesses() {
    const profiles = this.#pids.map((pid) => `--user-data-dir=${this.#run(pid)}`);
    return listProcesses().filter(({ command }) => profiles.some((profile) => command.includes(profile)));
  }

  /** What is left of serving processes that have ended: processes, and folders of runs. */
  staleRuns() {
    const ended = this.#pids.filter((pid) => pid !== this.#pid || this.#stopping).map((pid) => this.#run(pid));
    const processes = listProcesses().filter(({ command }) => ended.some((run) => command.startsWith(run)));
    const folders = readdirSync(temporary).map((name) => join(temporary, name));
    return [
      ...processes.map(({ pid, command }) => `process ${pid} ${command.slice(0, 120)}`),
      ...folders.filter((folder) => ended.some((run) => folder.startsWith(run)) && existsSync(folder)),
    ];
  }

  // Whatever a run starts carries its folder, which carries the serving process's id (scripts/serve/run.mjs).
  /** @param {number} pid */
  #run(pid) {
    return join(temporary, `tidewatch-run-${pid}-`);
  }

  /** Whether it answers: this process, and not one that is about to end and has a moment left. */
  async isServing() {
    const before = this.workerd();
    const answered = await this.#health();
    return answered && this.node() !== undefined && before !== undefined && before.pid === this.workerd()?.pid;
  }

  async #health() {
    try {
      const answer = await fetch(`${this.url}/v1/health`, { signal: AbortSignal.timeout(HEALTH_WITHIN_MS) });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  }

  /** Ends it in order, as start.mjs does. */
  async stop() {
    this.#stopping = true;
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      if (child.connected) child.disconnect();
      await ended;
    }
    this.output.end();
  }
}

/**
 * A free port outside the range that the system assigns by itself.
 *
 * @param {Prng} prng
 */
export async function quietPort(prng) {
  for (;;) {
    const port = prng.whole(PORTS.from, PORTS.to);
    if (await isFree(port)) return port;
  }
}
