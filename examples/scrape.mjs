// A quick scrape: the title of a page and the targets of its links.

import { Tidewatch } from "tidewatch";

const { TIDEWATCH_URL: baseUrl, TIDEWATCH_KEY: apiKey } = process.env;
const [address = "https://example.com"] = process.argv.slice(2);

const client = new Tidewatch({ baseUrl, apiKey });
client.releaseOnExit(); // Also if the page does not load, or on Ctrl-C.

const session = await client.sessions.create({ timeout: 60_000 });
const browser = await client.puppeteer.connect(session);
const page = await browser.newPage();
await page.goto(address);
console.log(await page.title());
for (const link of await page.$$eval("a[href]", (links) => links.map(({ href }) => href))) console.log(link);

await browser.disconnect();
await session.release();
