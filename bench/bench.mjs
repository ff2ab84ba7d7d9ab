// `npm run bench`: the figures that Tidewatch promises, measured. `-- --only requests,sockets` for some of them.
//
// The dev server is never used. Figures are medians, and what is compared is measured within one run. Rows with a
// browser run on miniflare, which emulates the browser binding; the others run on plain workerd.

import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";

import { build } from "../scripts/build/build.mjs";
import { inRoot, secretsFile } from "../scripts/support/places.mjs";
import { ensureSecrets } from "../scripts/keys/secrets.mjs";

const PARTS = ["size", "client", "dashboard", "requests", "sweep", "sockets", "browsers", "view", "recording"];

const { values } = parseArgs({ options: { only: { type: "string" } } });
const requested = values.only?.split(",") ?? PARTS;
const unknown = requested.filter((part) => !PARTS.includes(part));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(", ")}. The parts are ${PARTS.join(", ")}.`);
  process.exit(2);
}

await build();
const secrets = ensureSecrets(secretsFile);
/** @type {import("./measure.mjs").Row[]} */
const rows = [];
for (const part of requested) {
  const report = (/** @type {string} */ text) => process.stderr.write(`${part}: ${text}\n`);
  report("begins");
  const { measure } = await import(`./rows/${part}.mjs`);
  rows.push(...(await measure({ secrets, report })));
}

const machine = `${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, ${process.platform}, Node ${process.version}`;
const table = [
  `${new Date().toISOString()}, ${machine}`,
  "",
  "| what | measured | bar | met |",
  "| --- | --- | --- | --- |",
  ...rows.map(({ what, measured, bar, met }) => `| ${what} | ${measured} | ${bar} | ${met ? "yes" : "**no**"} |`),
].join("\n");
console.log(table);
mkdirSync(inRoot("bench", "out"), { recursive: true });
writeFileSync(inRoot("bench", "out", "figures.md"), `${table}\n`);
process.exit(rows.every(({ met }) => met) ? 0 : 1);
