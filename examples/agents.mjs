// Several agents at once. Each crew is an owner. A release of one crew's sessions leaves those of the other crew alone.

import { Tidewatch } from "tidewatch";

const { TIDEWATCH_URL: baseUrl, TIDEWATCH_KEY: apiKey } = process.env;
const [address = "https://example.com"] = process.argv.slice(2);

const crew = (owner) => new Tidewatch({ baseUrl, apiKey, owner });
const [readers, watchers] = [crew("readers"), crew("watchers")];
for (const client of [readers, watchers]) client.releaseOnExit();

async function visit(client, name) {
  // At the project's limit, an agent waits for its turn. If an agent is killed, its browser is closed.
  const session = await client.sessions.create({ wait: 60_000, onDisconnect: "release", metadata: { agent: name } });
  const browser = await client.playwright.connect(session);
  const page = await browser.contexts()[0].newPage();
  await page.goto(address);
  return `${name} of the ${session.owner} has seen ${await page.title()}`;
}

const visits = [visit(readers, "one"), visit(readers, "two"), visit(watchers, "three")];
for (const seen of await Promise.all(visits)) console.log(seen);

const { results } = await readers.sessions.releaseAll();
console.log(`released: ${results.length} of the readers`);
const [left, ...more] = await watchers.sessions.list({ status: "live", owner: "watchers" });
console.log(`still live: ${1 + more.length} of the watchers, agent ${left.metadata.agent}`);
await watchers.sessions.releaseAll();
