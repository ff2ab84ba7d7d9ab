// Removes from the Worker's WebAssembly what it does not need. A data center loads it before its first answer.

import { readFileSync, writeFileSync } from "node:fs";

import binaryen from "binaryen";

// Classes that libraries export for Workers that pass such objects to JavaScript. Ours never does.
const IDLE_CLASSES = [
  "containerstartupoptions",
  "intounderlyingbytesource",
  "intounderlyingsink",
  "intounderlyingsource",
  "minifyconfig",
  "r2range",
];

/**
 * Removes uncalled code and the names of functions from a WebAssembly file.
 *
 * @param {string} file
 */
export function leanWasm(file) {
  const module = binaryen.readBinary(readFileSync(file));
  try {
    const isMade = new RegExp(`^__wbg_(${IDLE_CLASSES.join("|")})_new`);
    const made = importsOf(module).find((name) => isMade.test(name));
    if (made) throw new Error(`${made} is called: its class is not idle (scripts/build/lean_wasm.mjs)`);
    const isIdle = new RegExp(`^(__wbg_|__wbg_get_|__wbg_set_)?(${IDLE_CLASSES.join("|")})_`);
    for (const name of exportsOf(module).filter((name) => isIdle.test(name))) module.removeExport(name);
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(2);
    module.optimize();
    // In the order of their names the instances of one generic function stand side by side, and gzip finds what they share.
    module.runPasses(["reorder-functions-by-name", "strip-debug", "strip-producers"]);
    writeFileSync(file, module.emitBinary());
  } finally {
    module.dispose();
  }
}

/** @param {binaryen.Module} module */
function exportsOf(module) {
  return Array.from(
    { length: module.getNumExports() },
    (_, at) => binaryen.getExportInfo(module.getExportByIndex(at)).name,
  );
}

/** @param {binaryen.Module} module */
function importsOf(module) {
  const functions = Array.from({ length: module.getNumFunctions() }, (_, at) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(at)),
  );
  return functions.flatMap(({ module: from, base }) => (from && base ? [base] : []));
}
