// The Worker on this machine: workerd through miniflare, with the bindings of wrangler.toml. `npm start`, the tests and
// the benchmarks open it here.
//
// `wrangler dev` is not used: its proxy and its request log cost milliseconds for each request.

import { readdirSync } from "node:fs";
import { join } from "node:path";

import { inRoot } from "../support/places.mjs";
import { hasCode } from "../support/processes.mjs";
import { useChrome } from "../tools/chrome.mjs";
import { HOST, portTaken } from "./port.mjs";
import { beginRun } from "./run.mjs";

const ASSETS = "tidewatch-assets";
const LEVELS = /** @type {const} */ ({ error: "ERROR", warn: "WARN", info: "INFO", debug: "DEBUG" });

/**
 * @typedef {object} PlatformOptions
 * @property {number} [port] 0, the default, is any free port
 * @property {string} [persist] folder of the Durable Objects' storage; without it the storage is deleted at the end
 * @property {Record<string, string>} [vars] text bindings that replace those of wrangler.toml and .dev.vars
 * @property {"chrome" | {url: string}} [browser] a real Chrome, which is the default, or an HTTP server in its place
 * @property {boolean} [recordings] whether there is a bucket for recordings; by default there is
 * @property {string} [build] folder of the built Worker
 * @property {() => void} [onRestart] called each time after workerd died and was started again
 * @property {"error" | "warn" | "info" | "debug"} [log] the level of miniflare's own log
 */

/**
 * What wrangler.toml says of the Worker: what is read here, and other options.
 *
 * @typedef {object & {
 *   assets: {binding: string},
 *   bindings?: Record<string, string>,
 *   browserRendering: {binding: string},
 *   compatibilityDate?: string,
 *   modulesRules?: unknown,
 *   r2Buckets?: unknown,
 *   serviceBindings?: Record<string, unknown>,
 * }} ConfiguredWorker
 */

/**
 * The running Worker.
 *
 * @typedef {object} Platform
 * @property {import("miniflare").Miniflare} mf
 * @property {string} url without a slash at its end
 * @property {string} run the folder of this process's run
 * @property {() => Promise<void>} dispose
 */

/**
 * Starts the Worker. It ends with `dispose()`, or when this process ends, in whatever way.
 *
 * @param {PlatformOptions} [options]
 * @returns {Promise<Platform>}
 */
export async function openPlatform(options = {}) {
  const { folder: run } = beginRun();
  useChrome();
  const { convertV4MiniflareOptions, Log, LogLevel, Miniflare } = await import("miniflare");
  const { log = "warn", onRestart, persist, port = 0 } = options;
  const mf = new Miniflare(
    convertV4MiniflareOptions({
      host: HOST,
      port,
      cf: false,
      logRequests: false,
      log: new Log(LogLevel[LEVELS[log]]),
      resourcePersistencePath: persist && join(persist, "v3"),
      unsafeHandleRuntimeRestart: onRestart,
      workers: /** @type {import("miniflare").V4WorkerOptions[]} */ (await readWorkers(options)),
    }),
  );
  const url = await ready(mf, port);
  return { mf, url: url.origin, run, dispose: () => mf.dispose() };
}

/**
 * The workers to run. Their bindings are named once, in wrangler.toml, and read in the way wrangler reads them.
 *
 * @param {PlatformOptions} options
 */
async function readWorkers({ vars = {}, browser = "chrome", build = inRoot("build"), recordings = true }) {
  process.env.WRANGLER_LOG ??= "warn"; // By default it prints each time that it has found .dev.vars.
  const { unstable_getMiniflareWorkerOptions: read } = await import("wrangler");
  const configured = /** @type {ConfiguredWorker} */ (read(inRoot("wrangler.toml")).workerOptions);
  const { modulesRules: _, assets, browserRendering, r2Buckets, ...worker } = configured;
  const services = { ...worker.serviceBindings, [assets.binding]: ASSETS };
  const service = {
    ...worker,
    ...(recordings && { r2Buckets }),
    name: "tidewatch",
    modules: readModules(build),
    modulesRoot: build,
    bindings: { ...worker.bindings, ...vars },
    ...bindBrowser(browser, browserRendering, services),
  };
  return [service, readAssets(worker, assets)];
}

/**
 * The worker that serves the site's files. In the same worker, miniflare would lead each request through its router
 * first, although wrangler.toml lets the Worker run before it. That halves the requests a second.
 *
 * @param {Pick<ConfiguredWorker, "compatibilityDate">} worker
 * @param {ConfiguredWorker["assets"]} assets
 */
function readAssets({ compatibilityDate }, assets) {
  const script = `export default { fetch: (request, env) => env.${assets.binding}.fetch(request) };`;
  return { name: ASSETS, modules: true, script, compatibilityDate, assets };
}

/**
 * @param {NonNullable<PlatformOptions["browser"]>} browser
 * @param {{binding: string}} browserRendering
 * @param {Record<string, unknown>} serviceBindings
 */
function bindBrowser(browser, browserRendering, serviceBindings) {
  if (browser === "chrome") return { browserRendering, serviceBindings };
  const service = { external: { address: new URL(browser.url).host, http: {} } };
  return { serviceBindings: { ...serviceBindings, [browserRendering.binding]: service } };
}

/**
 * @param {string} build
 * @returns {{type: "ESModule" | "CompiledWasm", path: string}[]}
 */
function readModules(build) {
  const wasm = readdirSync(build).filter((name) => name.endsWith(".wasm"));
  return [
    { type: "ESModule", path: join(build, "index.js") },
    ...wasm.map((name) => ({ type: /** @type {const} */ ("CompiledWasm"), path: join(build, name) })),
  ];
}

/**
 * The address of the Worker, once it listens.
 *
 * @param {import("miniflare").Miniflare} mf
 * @param {number} port
 */
async function ready(mf, port) {
  try {
    return await mf.ready;
  } catch (error) {
    await mf.dispose().catch(() => {});
    throw hasCode(error, "ERR_ADDRESS_IN_USE") ? portTaken(port) : error;
  }
}
