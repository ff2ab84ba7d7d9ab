// `npm run bench`: the figures that Tidewatch promises, measured. `-- --only requests,sockets` for some of them.
//
// Never through the dev server; medians; what is compared is compared within one run. Rows with a browser run on
// miniflare, since the emulation of the browser binding lives there; the others on plain workerd.

import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";

import { build } from "../scripts/build/build.mjs";
import { inRoot, secretsFile } from "../scripts/support/places.mjs";
import { ensureSecrets } from "../scripts/keys/secrets.mjs";

const PARTS = ["size", "client", "dashboard", "requests", "sweep", "sockets", "browsers", "view", "recording"];

const only = process.argv.indexOf("--only");
const wanted = only > 0 ? process.argv[only + 1].split(",") : PARTS;
const unknown = wanted.filter((part) => !PARTS.includes(part));
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(", ")}; there are ${PARTS.join(", ")}`);
  process.exit(2);
}

await build();
const secrets = ensureSecrets(secretsFile);
const rows = [];
for (const part of wanted) {
  const report = (text) => process.stderr.write(`${part}: ${text}\n`);
  report("begins");
  const { measure } = await import(`./rows/${part}.mjs`);
  rows.push(...(await measure({ secrets, report })));
}

const machine = `${os.cpus().length} × ${os.cpus()[0].model.trim()}, ${process.platform}, Node ${process.version}`;
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
