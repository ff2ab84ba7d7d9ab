// `npm run setup`: installs all that `npm start` and `npm test` need, without starting anything.

import { build } from "../build/build.mjs";
import { ensureSecrets } from "../keys/secrets.mjs";
import { isCommand, secretsFile } from "../support/places.mjs";
import { report } from "../support/step.mjs";
import { ensureWasmBindgen, ensureWorkerBuild } from "../tools/cargo_tools.mjs";
import { ensureChrome } from "../tools/chrome.mjs";
import { ensurePackages } from "../tools/toolchain.mjs";
import { ensureChromedriver, ensureFirefoxDriver } from "../tools/webdriver.mjs";

/**
 * Installs what the service needs and is missing, and builds it. Cargo compiles while the npm packages and Chrome are
 * downloaded: one needs the processor and the other the network.
 *
 * @returns {Promise<string>} which Chrome it is
 */
export async function setUpAndBuild() {
  const [chrome] = await Promise.all([setUp(), build()]);
  return chrome;
}

/**
 * Installs what the service and its tests need and is missing.
 *
 * @returns {Promise<string>} which Chrome it is
 */
export async function setUp() {
  const [chrome] = await Promise.all([installPackagesAndChrome(), ensureWorkerBuild(), ensureWasmBindgen()]);
  return chrome;
}

async function installPackagesAndChrome() {
  await ensurePackages();
  return ensureChrome();
}

/** Installs what the client's tests need in addition. `npm start` never waits for it. */
export async function setUpClient() {
  await ensureChromedriver();
  await ensureFirefoxDriver();
}

if (isCommand(import.meta.url)) {
  try {
    console.log(`Chrome: ${await setUpAndBuild()}`);
    await setUpClient();
    ensureSecrets(secretsFile);
    console.log("All is set up. `npm start` starts the service, `npm test` tests it.");
  } catch (error) {
    report(error);
    process.exit(1);
  }
}
