// TypeScript on programs that use the package as it is installed.

import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

import { inRoot, npmBinary } from "../../scripts/support/places.mjs";
import { makeProject } from "../package/project.mjs";

const WITHIN_MS = 60_000;

/** How a module is found: as Node does, and as bundlers do. */
export const RESOLUTIONS = {
  NodeNext: { module: "NodeNext", moduleResolution: "NodeNext" },
  Bundler: { module: "ESNext", moduleResolution: "Bundler" },
};

/** What every program is compiled with: nothing is let through that a strict project would refuse. */
const STRICT = {
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  target: "ES2022",
  lib: ["ES2022", "DOM"],
  types: [],
};

/**
 * An empty project with the package in it.
 *
 * @returns {Promise<{write: (name: string, text: string) => string, link: (module: string) => void,
 * compile: (files: string[], options?: object) => Promise<Diagnostic[]>, remove: () => void}>}
 * `link` puts a module of this repository beside the package; `compile` gives what `tsc` complains about
 * @typedef {{file: string, line: number, code: string, message: string}} Diagnostic
 */
export async function makeTypedProject() {
  const project = await makeProject();
  const link = (/** @type {string} */ module) => {
    const place = join(project.folder, "node_modules", module);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(inRoot("node_modules", module), place);
  };
  const compile = async (/** @type {string[]} */ files, /** @type {object | undefined} */ options = undefined) => {
    const compilerOptions = { ...STRICT, ...options };
    project.write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
    return diagnostics(await runTsc(project.folder));
  };
  return { ...project, link, compile };
}

/** @param {string} cwd */
function runTsc(cwd) {
  return new Promise((resolve, reject) => {
    const args = ["--project", "tsconfig.json", "--pretty", "false"];
    execFile(npmBinary("tsc"), args, { cwd, timeout: WITHIN_MS }, (error, stdout, stderr) => {
      // 1 and 2: there are errors, and stdout tells them.
      if (!error || [1, 2].includes(Number(error.code))) resolve(stdout + stderr);
      else reject(error);
    });
  });
}

// A line that is no diagnostic of a file (a bad option, a crash) is one all the same.
/** @param {string} output */
function diagnostics(output) {
  const lines = output.split("\n").filter((line) => line !== "" && !line.startsWith(" "));
  return lines.map((line) => {
    const [, file, at, code, message] = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/.exec(line) ?? [
      undefined,
      "",
      0,
      "",
      line,
    ];
    return { file, line: Number(at), code, message };
  });
}
