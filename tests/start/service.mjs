// One `npm start` under test: its output, its processes, its end.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { listProcesses } from "../../scripts/processes.mjs";

const START = fileURLToPath(new URL("../../scripts/start.mjs", import.meta.url));
const WORKER = fileURLToPath(new URL("worker", import.meta.url));
// A machine under load starts workerd and Chrome in seconds rather than in one.
const WITHIN_MS = 60_000;

/** Waits until `condition` gives something true, and gives that back. */
export async function until(what, condition) {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`Not within ${WITHIN_MS} ms: ${what}`);
    await pause(25);
  }
}

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** A folder for what one test stores. */
export function makeFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), "tidewatch-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the service with a small Worker that does no more than ask its browser binding for browsers. */
export async function startService(t, { folder = makeFolder(t), port } = {}) {
  const env = { ...process.env, PORT: String(port ?? (await freePort())) };
  const args = [START, "--build", WORKER, "--state", join(folder, "state"), "--secrets", join(folder, "secrets")];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const service = new Service(child, `http://127.0.0.1:${env.PORT}`, folder);
  t.after(() => child.kill("SIGKILL"));
  return service;
}

class Service {
  output = "";

  constructor(child, url, folder) {
    this.child = child;
    this.url = url;
    this.folder = folder;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (this.output += text));
    this.ended = new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
  }

  /** Waits until it serves, and has two browsers open. */
  async ready() {
    await until("the service is up", () => this.output.includes("Tidewatch is up") || this.child.exitCode !== null);
    if (this.child.exitCode !== null) throw new Error(`It ended instead:\n${this.output}`);
    this.run = this.findRun();
    for (let count = 0; count < 2; count += 1) await this.openBrowser();
    return this;
  }

  async openBrowser() {
    const answer = await fetch(`${this.url}/browsers`, { method: "POST" });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** The serving process: the start script's only child that stays. */
  get server() {
    return listProcesses().find(({ parent }) => parent === this.child.pid).pid;
  }

  /** The detached process that cleans up after the server. */
  get watchdog() {
    return listProcesses().find(({ command }) => command.endsWith(`watchdog.mjs ${this.run}`)).pid;
  }

  findRun() {
    const { server } = this;
    const name = readdirSync(tmpdir()).find((entry) => entry.startsWith(`tidewatch-run-${server}-`));
    return join(tmpdir(), name);
  }

  /** What is there of this run: command lines of workerd and Chrome, and its folder. */
  remains() {
    return [...this.processes().map(({ command }) => command), ...(existsSync(this.run) ? [this.run] : [])];
  }

  /** How many of each kind are running. */
  workers() {
    const started = this.processes();
    return {
      workerd: started.filter(({ command }) => command.startsWith(`${this.run}/workerd`)).length,
      // Each Chrome leads a process group; its renderers and helpers carry the same profile on their command lines.
      chromes: started.filter(({ command, pid, group }) => pid === group && command.includes("--user-data-dir=")).length,
    };
  }

  processes() {
    return listProcesses().filter(({ command }) => command.includes(`${this.run}/`));
  }

  readSecrets() {
    return readFileSync(join(this.folder, "secrets"), "utf8");
  }
}
