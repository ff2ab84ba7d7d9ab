// `npm run setup`: all that `npm start` and `npm test` need, without starting anything. Both call it first.

import { build } from "./build.mjs";
import { ensureChrome } from "./chrome.mjs";
import { isCommand, secretsFile } from "./places.mjs";
import { ensureSecrets } from "./secrets.mjs";
import { report } from "./step.mjs";
import { ensureCargoTools, ensurePackages, ensureRust } from "./toolchain.mjs";

/** Installs and makes what is missing: npm's packages, Rust, the cargo tools, Chrome. Says which Chrome it is. */
export async function setUp() {
  await ensurePackages();
  await ensureRust();
  await ensureCargoTools();
  return ensureChrome();
}

if (isCommand(import.meta.url)) {
  try {
    console.log(`Chrome: ${await setUp()}`);
    await build();
    ensureSecrets(secretsFile);
    console.log("All is set up. `npm start` starts the service, `npm test` tests it.");
  } catch (error) {
    report(error);
    process.exitCode = 1;
  }
}
