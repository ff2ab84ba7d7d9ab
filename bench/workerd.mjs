// The built Worker on plain `workerd serve`: no miniflare, no proxy, nothing that production does not have.

import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import workerd from "workerd";

import { inRoot } from "../scripts/support/places.mjs";

// Not the command of that name: unless its package's script has run, that hands no control pipe on.
const BINARY = workerd.default;

/**
 * Starts it before the provider at `browser`; `vars` are its text bindings. `objects` is the folder of its objects'
 * storage, which it leaves behind; without one, what it stores is thrown away at its end.
 */
export async function openWorkerd({ browser, vars, objects }) {
  const folder = mkdtempSync(join(tmpdir(), "tidewatch-bench-"));
  const storage = objects ?? join(folder, "objects");
  mkdirSync(storage, { recursive: true });
  // A configuration embeds only what lies beside it.
  for (const name of ["index.js", "index_bg.wasm"]) copyFileSync(inRoot("build", name), join(folder, name));
  const config = join(folder, "config.capnp");
  writeFileSync(config, describe({ storage, browser: new URL(browser).host, vars }));
  const process = spawn(BINARY, ["serve", config, "--control-fd=3"], {
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

/** The port that workerd chose, as it tells on its control pipe. */
function listening(process) {
  return new Promise((resolve, reject) => {
    let told = "";
    process.once("exit", (code) => reject(new Error(`workerd ended with ${code}`)));
    process.stdio[3].on("data", (chunk) => {
      told += chunk;
      for (const line of told.split("\n").filter(Boolean)) {
        const event = tryParse(line);
        if (event?.event === "listen" && event.socket === "http") resolve(event.port);
      }
    });
  });
}

function tryParse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

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
