// One `npm start` under test: its output, its processes, its end.

import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { listProcesses } from "../../scripts/support/processes.mjs";
import { readVars } from "../../scripts/keys/vars_file.mjs";
import { makeFolder } from "../support/folder.mjs";
import { freePort } from "../support/local_server.mjs";
import { until } from "../support/waits.mjs";

/**
 * @import { ChildProcessByStdio } from "child_process"
 * @import { TestContext } from "node:test"
 * @import { Readable } from "stream"
 */

const START = fileURLToPath(new URL("../../scripts/serve/start.mjs", import.meta.url));
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
// A machine under load starts workerd and Chrome in seconds rather than in one.
export const WITHIN_MS = 60_000;

/**
 * Starts the service as a developer does, but with storage and secrets of the test's own.
 * `npm`: through npm, as `npm start` is; else its script alone.
 *
 * @param {TestContext} t
 * @param {{folder?: string, port?: number | string, npm?: boolean}} [options]
 */
export async function startService(t, { folder = makeFolder(t), port, npm = false } = {}) {
  const env = { ...process.env, PORT: String(port ?? (await freePort())) };
  const args = ["--state", join(folder, "state"), "--secrets", join(folder, "secrets")];
  const command = npm ? ["npm", "start", "--", ...args] : [process.execPath, START, ...args];
  const child = spawn(command[0], command.slice(1), { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  const service = new Service(child, `http://127.0.0.1:${env.PORT}`, folder);
  t.after(() => child.kill("SIGKILL"));
  return service;
}

export class Service {
  output = "";
  /** The folder of its run, once it is ready. */
  run = "";

  /**
   * @param {ChildProcessByStdio<null, Readable, Readable>} child
   * @param {string} url
   * @param {string} folder
   */
  constructor(child, url, folder) {
    this.child = child;
    this.url = url;
    this.folder = folder;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => (this.output += text));
    this.ended = new Promise((resolve) =>
      child.once("close", (/** @type {string} */ code, /** @type {AbortSignal} */ signal) => resolve({ code, signal })),
    );
  }

  /** Waits until it serves, and has two sessions live. */
  async ready() {
    await until(
      "the service is up",
      () => this.output.includes("Tidewatch is up") || this.child.exitCode !== null,
      WITHIN_MS,
    );
    if (this.child.exitCode !== null) throw new Error(`It ended instead:\n${this.output}`);
    this.run = await this.findRun();
    for (let count = 0; count < 2; count += 1) await this.createSession();
    return this;
  }

  createSession() {
    return this.call("POST", "/v1/sessions");
  }

  /** The ids of all sessions that were ever made, newest first. */
  async sessionIds() {
    return (await this.call("GET", "/v1/sessions")).sessions.map((/** @type {{id: string}} */ { id }) => id);
  }

  /**
   * @param {string} method
   * @param {string} path
   */
  async call(method, path) {
    const headers = { authorization: `Bearer ${readVars(this.secretsFile).TIDEWATCH_API_KEY}` };
    const answer = await fetch(this.url + path, { method, headers });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  get secretsFile() {
    return join(this.folder, "secrets");
  }

  /** The serving process: the one that a run's folder is named after. */
  get server() {
    return Number(/tidewatch-run-(\d+)-/.exec(this.run)?.[1]);
  }

  /** The detached process that cleans up after the server. */
  get watchdog() {
    const watchdog = listProcesses().find(({ command }) => command.endsWith(`watchdog.mjs ${this.run}`));
    if (!watchdog) throw new Error("The watchdog does not run.");
    return watchdog.pid;
  }

  // The server is the start script's only child that stays, and that is npm's if npm is between.
  findRun() {
    const all = listProcesses();
    /**
     * @param {number | undefined} pid
     * @returns {number[]}
     */
    const below = (pid) =>
      all.filter(({ parent }) => parent === pid).flatMap((child) => [child.pid, ...below(child.pid)]);
    const pids = below(this.child.pid);
    return until(
      "the run's folder is there",
      () => {
        const names = readdirSync(tmpdir()).filter((name) => name.startsWith("tidewatch-run-"));
        const name = names.find((entry) => pids.includes(Number(entry.split("-")[2])));
        return name && join(tmpdir(), name);
      },
      WITHIN_MS,
    );
  }

  /** What is there of this run: command lines of workerd and Chrome, and its folder. */
  leftovers() {
    return [...this.processes().map(({ command }) => command), ...(existsSync(this.run) ? [this.run] : [])];
  }

  /** How many of each kind are running. */
  workers() {
    return {
      workerd: this.processes().filter(({ command }) => command.startsWith(`${this.run}/workerd`)).length,
      chromes: this.chromes().length,
    };
  }

  /** The Workers runtime, if it runs. */
  workerd() {
    return this.processes().find(({ command }) => command.startsWith(`${this.run}/workerd`));
  }

  // Each Chrome leads a process group; its renderers and helpers carry the same profile on their command lines.
  chromes() {
    const isRoot = (/** @type {ReturnType<typeof listProcesses>[number]} */ { command, pid, group }) =>
      pid === group && command.includes("--user-data-dir=");
    return this.processes().filter(isRoot);
  }

  processes() {
    return listProcesses().filter(({ command }) => command.includes(`${this.run}/`));
  }

  readSecrets() {
    return readFileSync(this.secretsFile, "utf8");
  }
}
