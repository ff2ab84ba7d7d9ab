// `npm run setup`: all that `npm start` and `npm test` need, without starting anything.

import { build } from "../build/build.mjs";
import { ensureWasmBindgen, ensureWasmPack, ensureWorkerBuild } from "../tools/cargo_tools.mjs";
import { ensureChrome } from "../tools/chrome.mjs";
import { isCommand, secretsFile } from "../support/places.mjs";
import { ensureSecrets } from "../keys/secrets.mjs";
import { report } from "../support/step.mjs";
import { ensurePackages, ensureRust } from "../tools/toolchain.mjs";
import { ensureChromedriver, ensureFirefoxDriver } from "../tools/webdriver.mjs";

/** Installs what the service needs and is missing: npm's packages, Rust, the cargo tools, Chrome. Says which Chrome it is. */
export async function setUp() {
  await ensurePackages();
  await ensureRust();
  await ensureWorkerBuild();
  await ensureWasmBindgen();
  return ensureChrome();
}

/** Installs what the client needs beyond, to be built and tested: a user of the service alone never waits for it. */
export async function setUpClient() {
  await ensureWasmPack();
  await ensureChromedriver();
  await ensureFirefoxDriver();
}

if (isCommand(import.meta.url)) {
  try {
    console.log(`Chrome: ${await setUp()}`);
    await setUpClient();
    await build();
    ensureSecrets(secretsFile);
    console.log("All is set up. `npm start` starts the service, `npm test` tests it.");
  } catch (error) {
    report(error);
    process.exitCode = 1;
  }
}
