// The Worker on this machine: workerd through miniflare, with the bindings that wrangler.toml names.
// `npm start`, the tests and the benchmarks all open it here.
//
// Not `wrangler dev`: its own proxy and request log cost milliseconds a request.

import { readdirSync } from "node:fs";
import { join } from "node:path";

import { useChrome } from "../tools/chrome.mjs";
import { inRoot } from "../support/places.mjs";
import { HOST, portTaken } from "./port.mjs";
import { beginRun } from "./run.mjs";

const ASSETS = "tidewatch-assets";

/**
 * Starts the Worker. It ends with `dispose()`, or when this process is gone, however it went.
 *
 * @param {object} [options]
 * @param {number} [options.port] 0, the default, is any free one
 * @param {string} [options.persist] folder of the Durable Objects' storage; absent: thrown away at the end
 * @param {Record<string, string>} [options.vars] over those of wrangler.toml and .dev.vars
 * @param {"chrome" | {url: string}} [options.browser] a real Chrome, or an HTTP server that takes its place
 * @param {boolean} [options.recordings] whether there is a bucket for recordings; there is, if nothing is said
 * @param {string} [options.build] folder of the built Worker
 * @param {() => void} [options.onRestart] told each time when workerd died and has been started again
 * @param {"error" | "warn" | "info" | "debug"} [options.log] what of miniflare's own log to show
 * @returns {Promise<{mf: import("miniflare").Miniflare, url: string, run: string, dispose: () => Promise<void>}>}
 * `url` without a slash at its end; `run` is the folder of this process's run
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
      log: new Log(LogLevel[log.toUpperCase()]),
      resourcePersistencePath: persist && join(persist, "v3"),
      unsafeHandleRuntimeRestart: onRestart,
      workers: await readWorkers(options),
    }),
  );
  const url = await ready(mf, port);
  return { mf, url: url.origin, run, dispose: () => mf.dispose() };
}

// The bindings are named once, in wrangler.toml, and read the way wrangler reads them.
async function readWorkers({ vars = {}, browser = "chrome", build = inRoot("build"), recordings = true }) {
  process.env.WRANGLER_LOG ??= "warn"; // Else it tells each time that it has found .dev.vars.
  const { unstable_getMiniflareWorkerOptions: read } = await import("wrangler");
  const {
    modulesRules: _,
    assets,
    browserRendering,
    r2Buckets,
    ...worker
  } = read(inRoot("wrangler.toml")).workerOptions;
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

// The files are served by a Worker of their own. In the same one, miniflare would lead each request through its router
// first, although wrangler.toml lets the Worker run before it: that halves the requests a second.
function readAssets({ compatibilityDate }, assets) {
  const script = `export default { fetch: (request, env) => env.${assets.binding}.fetch(request) };`;
  return { name: ASSETS, modules: true, script, compatibilityDate, assets };
}

function bindBrowser(browser, browserRendering, serviceBindings) {
  if (browser === "chrome") return { browserRendering, serviceBindings };
  const service = { external: { address: new URL(browser.url).host, http: {} } };
  return { serviceBindings: { ...serviceBindings, [browserRendering.binding]: service } };
}

function readModules(build) {
  const wasm = readdirSync(build).filter((name) => name.endsWith(".wasm"));
  return [
    { type: "ESModule", path: join(build, "index.js") },
    ...wasm.map((name) => ({ type: "CompiledWasm", path: join(build, name) })),
  ];
}

async function ready(mf, port) {
  try {
    return await mf.ready;
  } catch (error) {
    await mf.dispose().catch(() => {});
    throw error.code === "ERR_ADDRESS_IN_USE" ? portTaken(port) : error;
  }
}
