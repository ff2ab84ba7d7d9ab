// A Chrome without Tidewatch, and how to find the processes of a Chrome.

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensureChrome } from "../scripts/tools/chrome.mjs";

const SWITCHES = [
  "--headless=new",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
];

/** Starts a Chrome without a driver around it. Resolves when it listens. */
export async function launchChrome() {
  const folder = mkdtempSync(join(tmpdir(), "tidewatch-bench-chrome-"));
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const chrome = spawn(await ensureChrome(), [...SWITCHES, ...sandbox, `--user-data-dir=${folder}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const gone = new Promise((resolve) => chrome.once("exit", resolve));
  /** @type {string} */
  const webSocketUrl = await new Promise((resolve, reject) => {
    let output = "";
    chrome.once("exit", (code) => reject(new Error(`Chrome ended with ${code}: ${output.slice(-300)}`)));
    chrome.stderr.on("data", (chunk) => {
      output += chunk;
      const url = /DevTools listening on (ws:\S+)/.exec(output)?.[1];
      if (url) resolve(url);
    });
  });
  const kill = async () => {
    chrome.kill("SIGKILL");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  return { webSocketUrl, gone, kill };
}

/**
 * The browser processes (not their renderers) whose profile is below `folder`. Linux only.
 *
 * @param {string} folder
 */
export function browsersBelow(folder) {
  return readdirSync("/proc")
    .filter((entry) => {
      if (!/^\d+$/.test(entry)) return false;
      try {
        const command = readFileSync(`/proc/${entry}/cmdline`, "utf8");
        return command.includes(`--user-data-dir=${folder}`) && !command.includes("--type=") && isAlive(entry);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/**
 * Whether a process runs. A zombie does not.
 *
 * @param {number | string} pid
 */
export function isAlive(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0] !== "Z";
  } catch {
    return false;
  }
}
