// Debian's packages: installed where that needs nobody's word, as root.

import { onPath } from "../support/places.mjs";
import { runStep } from "../support/step.mjs";

/**
 * Installs packages, if this is root on a system with apt.
 *
 * @param {{title: string, takes: string, packages: string[]}} wanted
 * @returns {Promise<boolean>} whether they are installed; why not has been printed
 */
export async function installWithApt({ title, takes, packages }) {
  if (process.platform !== "linux" || process.getuid() !== 0 || !onPath("apt-get")) return false;
  try {
    await runStep({
      title,
      takes,
      command: ["sh", "-c", 'apt-get update && apt-get install -y "$@"', "sh", ...packages],
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
    return true;
  } catch (error) {
    console.log(`${error.message}\n  ${packages.join(" and ")} could not be installed.`);
    return false;
  }
}
