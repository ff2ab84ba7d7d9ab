// The packages of a release, made but not published: the npm package of the client, and the crate.

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

import { buildClient, packageFolder } from "../build/package.mjs";
import { runCommand } from "../support/command.mjs";
import { temporary } from "../support/places.mjs";
import { runStep, StepFailed } from "../support/step.mjs";

/** Makes both packages as a publication would, and publishes nothing. */
export async function checkPackages() {
  await buildClient();
  await runStep({
    title: "Checking the npm package",
    label: "npm publish --dry-run",
    takes: "2 s",
    // Offline: whether the registry has this version already is for the publication itself to ask.
    command: ["npm", "publish", packageFolder, "--dry-run", "--offline", "--loglevel=warn"],
  });
  const folder = mkdtempSync(join(temporary, "tidewatch-crate-"));
  try {
    await runStep({
      title: "Checking the crate",
      label: "cargo package",
      takes: "5 s",
      // Cargo.toml says `publish = false`: the crate is packaged and nowhere published. The suite has compiled it.
      command: ["cargo", "package", "--package=tidewatch", "--no-verify", "--allow-dirty", `--target-dir=${folder}`],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The files of the crate's package.
 *
 * @returns {Promise<string[]>}
 */
export async function listCrate() {
  const command = ["cargo", "package", "--package=tidewatch", "--list", "--allow-dirty", "--quiet"];
  const { code, how, lines } = await runCommand(command);
  if (code !== 0) throw new StepFailed([...lines, `\`${command.join(" ")}\` ${how}.`].join("\n"));
  return lines;
}
