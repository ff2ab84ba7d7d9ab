// What is uploaded, gzipped, and how long it takes to start.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { inRoot, npmBinary } from "../../scripts/support/places.mjs";
import { median } from "../measure.mjs";

const BYTES_MAX = 1024 * 1024;
const START_MS_MAX = 30;
const STARTS = 5;

/** @returns {import("../measure.mjs").Row[]} */
export function measure() {
  const bytes = ["index.js", "index_bg.wasm"]
    .map((name) => gzipSync(readFileSync(inRoot("build", name)), { level: 9 }).length)
    .reduce((sum, length) => sum + length, 0);
  const kib = (/** @type {number} */ number) => `${(number / 1024).toFixed(0)} KB`;
  const start = median(Array.from({ length: STARTS }, startMillis));
  return [
    { what: "Worker, gzipped", measured: kib(bytes), bar: `${kib(BYTES_MAX)} at most`, met: bytes <= BYTES_MAX },
    {
      what: "Worker's start-up CPU (wrangler check startup)",
      measured: `${start.toFixed(0)} ms`,
      bar: `${START_MS_MAX} ms at most`,
      met: start <= START_MS_MAX,
    },
  ];
}

/** The time in which one start is active, in milliseconds, from wrangler's profile of it in the local workerd. */
function startMillis() {
  const folder = mkdtempSync(join(tmpdir(), "tidewatch-startup-"));
  try {
    const printed = execFileSync(npmBinary("wrangler"), ["check", "startup", "--outfile", join(folder, "profile")], {
      cwd: inRoot(),
      encoding: "utf8",
      env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [, active] = /Active: ([\d.]+) ms/.exec(printed) ?? [];
    if (!active) throw new Error(`wrangler printed no start-up time:\n${printed}`);
    return Number(active);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
