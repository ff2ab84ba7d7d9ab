// The Worker under test, on workerd, in front of a simulator of its provider.

import { connect as connectSocket } from "node:net";
import { after } from "node:test";

import { makeSecret } from "../../scripts/keys/secrets.mjs";
import { openPlatform } from "../../scripts/serve/platform.mjs";
import { BrowserRun } from "../browser_run/simulator.mjs";
import { announceBody, checkAnswer, send, sendChunks, sendRefusedUpgrade } from "./http.mjs";
import { Project } from "./project.mjs";
import { within } from "./waits.mjs";

/**
 * @import { Answer, HeaderValues, RequestOptions } from "./http.mjs"
 *
 * @typedef {object} ServiceOptions
 * @property {Record<string, string>} [vars] over the usual ones
 * @property {string} [persist] a folder for what the Worker stores; default: none, it is lost at the end
 * @property {boolean} [recordings] default: false. A recorder is one more socket at each browser
 */

/**
 * Opens the Worker and its provider for the tests of one file; for one test, if its context is given.
 *
 * @param {ServiceOptions & {provider?: ConstructorParameters<typeof BrowserRun>[0]}} [options] `provider`: the
 *   simulator's own options
 * @param {{after: (close: () => Promise<void>) => void}} [context]
 */
export async function openService({ provider, ...options } = {}, context = { after }) {
  const service = new Service(await BrowserRun.start(provider), options);
  context.after(() => service.close());
  await service.open();
  return service;
}

/** Every answer that has come, for tests that look through all of them. @type {Answer[]} */
export const received = [];

/** @param {Answer} answer */
function receive(answer) {
  received.push(answer);
  return checkAnswer(answer);
}

export class Service {
  secret = makeSecret();
  url = "";
  #projects = 0;
  /** @type {Awaited<ReturnType<typeof openPlatform>> | undefined} */
  #platform;

  /**
   * @param {BrowserRun} provider
   * @param {ServiceOptions} [options]
   */
  constructor(provider, { vars = {}, persist, recordings = false } = {}) {
    this.provider = provider;
    this.vars = { TIDEWATCH_SECRET: this.secret, LIVE_SESSIONS_MAX: "20", ...vars };
    this.persist = persist;
    this.recordings = recordings;
  }

  async open() {
    const { persist, provider, recordings, vars } = this;
    this.#platform = await openPlatform({ port: 0, persist, vars, recordings, browser: { url: provider.url } });
    this.url = this.#platform.url;
  }

  async close() {
    await this.#platform?.dispose();
    await this.provider.close();
  }

  /** Stops the Worker as a crash does; `open()` starts it again with what it has stored. */
  async stop() {
    await this.platform.dispose();
    this.#platform = undefined;
  }

  /** What runs the Worker. */
  get platform() {
    if (!this.#platform) throw new Error("The service is not open.");
    return this.#platform;
  }

  /** Fires the cron trigger. */
  async cron() {
    // miniflare's types need those of a Worker's own globals, which contradict Node's.
    const worker = /** @type {any} */ (await this.platform.mf.getWorker());
    return worker.scheduled({ cron: "* * * * *" });
  }

  /** The names of the projects that the cron trigger sweeps. @returns {Promise<string[]>} */
  async directory() {
    const namespace = await this.objects("DIRECTORY");
    const stub = namespace.get(namespace.idFromName("directory"));
    const answer = await stub.fetch("http://directory/", { method: "POST", body: '{"list_projects":{}}' });
    return (await answer.json()).projects;
  }

  /**
   * The objects of one class.
   *
   * @param {"DIRECTORY" | "FLEET"} binding
   * @returns {Promise<any>} a `DurableObjectNamespace`
   */
  objects(binding) {
    return this.platform.mf.getDurableObjectNamespace(binding);
  }

  /** A project that no other test has touched. */
  newProject() {
    this.#projects += 1;
    return this.project(`p${this.#projects}`);
  }

  /** @param {string} name @returns {Project<Service>} */
  project(name) {
    return new Project(this, name);
  }

  /**
   * One request, by fetch.
   *
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} [options]
   */
  async send(method, path, options) {
    return receive(await send(this.url, method, path, options));
  }

  /**
   * One request in chunks, without a length.
   *
   * @param {string} method
   * @param {string} path
   * @param {Parameters<typeof sendChunks>[3]} options
   */
  async sendChunks(method, path, options) {
    return receive(await sendChunks(this.url, method, path, options));
  }

  /**
   * A body that is announced and never sent: what is answered before it comes.
   *
   * @param {string} method
   * @param {string} path
   * @param {Parameters<typeof announceBody>[3]} options
   */
  async announceBody(method, path, options) {
    return receive(await announceBody(this.url, method, path, options));
  }

  /**
   * Sends bytes as they are, and returns what comes back until the other side closes.
   *
   * @param {string | Uint8Array} bytes
   */
  async sendRaw(bytes) {
    const { hostname, port } = new URL(this.url);
    const socket = connectSocket(Number(port), hostname);
    /** @type {Buffer[]} */
    const chunks = [];
    socket.on("data", (/** @type {Buffer} */ data) => chunks.push(data));
    socket.on("error", () => {});
    socket.write(bytes);
    await within("the end of a raw connection", new Promise((resolve) => socket.once("close", resolve)));
    return Buffer.concat(chunks).toString("latin1");
  }
}

/**
 * An upgrade that must be refused: the answer that came instead.
 *
 * @param {string} url
 * @param {HeaderValues} [headers]
 */
export async function refusedUpgrade(url, headers) {
  return receive(await sendRefusedUpgrade(url, headers));
}
