// The built Worker on plain `workerd serve`: no miniflare, no proxy, nothing that production has not.

import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { installedWorkerd } from "../scripts/serve/run.mjs";
import { inRoot } from "../scripts/support/places.mjs";

/**
 * @typedef {object} WorkerdOptions
 * @property {string} browser the provider's address
 * @property {Record<string, string>} vars text bindings
 * @property {string} [objects] the folder of the objects' storage, which stays; without it the storage is deleted
 */

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

/**
 * Starts the Worker.
 *
 * @param {WorkerdOptions} options
 */
export async function openWorkerd({ browser, vars, objects }) {
  const folder = mkdtempSync(join(tmpdir(), "tidewatch-bench-"));
  const storage = objects ?? join(folder, "objects");
  mkdirSync(storage, { recursive: true });
  // A configuration embeds only files beside it.
  for (const name of ["index.js", "index_bg.wasm"]) copyFileSync(inRoot("build", name), join(folder, name));
  const config = join(folder, "config.capnp");
  writeFileSync(config, describe({ storage, browser: new URL(browser).host, vars }));
  const process = spawn(installedWorkerd(), ["serve", config, "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const port = await listening(process);
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const gone = new Promise((resolve) => process.once("exit", resolve));
      process.kill("SIGKILL");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The port that workerd chose. It writes the port to its control pipe.
 *
 * @param {ChildProcess} process
 * @returns {Promise<number>}
 */
function listening(process) {
  return new Promise((resolve, reject) => {
    let output = "";
    process.once("exit", (code) => reject(new Error(`workerd ended with ${code}`)));
    process.stdio[3]?.on("data", (chunk) => {
      output += chunk;
      for (const line of output.split("\n").filter(Boolean)) {
        const event = tryParse(line);
        if (event?.event === "listen" && event.socket === "http") resolve(event.port);
      }
    });
  });
}

/** @param {string} line */
function tryParse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** @param {{storage: string, browser: string, vars: Record<string, string>}} options */
function describe({ storage, browser, vars }) {
  const text = Object.entries(vars).map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .tidewatch),
    (name = "objects", disk = (path = ${JSON.stringify(storage)}, writable = true)),
    (name = "browser", external = (address = "${browser}", http = ())),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const tidewatch :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [
    (name = "index.js", esModule = embed "index.js"),
    (name = "index_bg.wasm", wasm = embed "index_bg.wasm"),
  ],
  durableObjectNamespaces = [
    (className = "FleetObject", uniqueKey = "fleet", enableSql = true),
    (className = "DirectoryObject", uniqueKey = "directory", enableSql = true),
    (className = "RelayObject", uniqueKey = "relay", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [
    (name = "FLEET", durableObjectNamespace = "FleetObject"),
    (name = "DIRECTORY", durableObjectNamespace = "DirectoryObject"),
    (name = "RELAY", durableObjectNamespace = "RelayObject"),
    (name = "BROWSER", service = "browser"),
    ${text.join(",\n    ")}
  ],
);
`;
}
