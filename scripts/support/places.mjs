// Paths: the project's own folders, and the cache that outlives a clone.

import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/**
 * A path in the project's folder.
 *
 * @param {string[]} parts
 */
export const inRoot = (...parts) => join(root, ...parts);

/**
 * The path of a command that npm installed for this project.
 *
 * @param {string} name
 */
export const npmBinary = (name) => inRoot("node_modules", ".bin", name);

/** The development secrets, in the file beside wrangler.toml that wrangler reads as well. */
export const secretsFile = inRoot(".dev.vars");

/** The storage of the Durable Objects, kept from one start to the next. `wrangler dev` uses the same folder. */
export const stateFolder = inRoot(".wrangler", "state");

/** The user's cache folder, read before `useChrome` changes XDG_CACHE_HOME of this process. */
export const userCache =
  process.env.XDG_CACHE_HOME ||
  join(homedir(), ...(process.platform === "darwin" ? ["Library", "Caches"] : [".cache"]));

/** Built tools are kept here and not in the clone, so that the next clone need not compile them. */
export const cache = join(userCache, "tidewatch");

/**
 * The folder for temporary folders. On macOS it is /private/tmp: below the system's own one, the path of a socket would
 * be longer than the limit of 104 bytes.
 */
export const temporary = process.platform === "darwin" ? "/private/tmp" : tmpdir();

/**
 * Whether Node was started with the module of this URL. False if another module imported it.
 *
 * @param {string} url
 */
export const isCommand = (url) => process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);

/**
 * The absolute path of a command; undefined if it is not on the PATH.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
export function onPath(name) {
  try {
    return execFileSync("sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}
