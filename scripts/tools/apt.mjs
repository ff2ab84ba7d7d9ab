// Debian packages. They are installed only where no password is needed: as root.

import { onPath } from "../support/places.mjs";
import { print } from "../support/progress.mjs";
import { runStep } from "../support/step.mjs";

/**
 * Installs packages, if this is root on a system with apt. Prints the reason of a failure.
 *
 * @param {{title: string, takes: string, packages: string[]}} request
 * @returns {Promise<boolean>} whether they are installed
 */
export async function installWithApt({ title, takes, packages }) {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !onPath("apt-get")) return false;
  try {
    await runStep({
      title,
      takes,
      command: ["sh", "-c", 'apt-get update && apt-get install -y "$@"', "sh", ...packages],
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    print(`${error.message}\n  ${packages.join(" and ")} could not be installed.`);
    return false;
  }
}
