// Where things are: the project's own folders, and the cache that outlives a clone.

import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

export const inRoot = (...parts) => join(root, ...parts);

/** A command that npm installed for this project. */
export const npmBinary = (name) => inRoot("node_modules", ".bin", name);

/** The development secrets, beside wrangler.toml, where wrangler looks for them as well. */
export const secretsFile = inRoot(".dev.vars");

/** The Durable Objects' storage between two starts; `wrangler dev` uses the same folder. */
export const stateFolder = inRoot(".wrangler", "state");

/** The user's cache as it was before `useChrome` points XDG_CACHE_HOME elsewhere for this process. */
export const userCache =
  process.env.XDG_CACHE_HOME ||
  join(homedir(), ...(process.platform === "darwin" ? ["Library", "Caches"] : [".cache"]));

/** Built tools live here and not in the clone, so that the next clone needs no ten minutes of compiling. */
export const cache = join(userCache, "tidewatch");

/**
 * Where run folders are made. macOS's own temporary folder has so long a name that the path of a socket below it
 * passes the system's limit of 104 bytes, so there it is /private/tmp.
 */
export const temporary = process.platform === "darwin" ? "/private/tmp" : tmpdir();

/** Whether the module of this URL is what Node was started with, and not imported by another. */
export const isCommand = (url) => process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);

/** The absolute path of a command; undefined if it is not on the PATH. */
export function onPath(name) {
  try {
    return execFileSync("sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}
