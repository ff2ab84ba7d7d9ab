// `await using`: the session ends with the block, even if the block throws.

import { Tidewatch } from "tidewatch";

const { TIDEWATCH_URL: baseUrl, TIDEWATCH_KEY: apiKey } = process.env;
const [address = "https://example.com"] = process.argv.slice(2);
const client = new Tidewatch({ baseUrl, apiKey });

async function titleOf(address) {
  await using session = await client.sessions.create();
  const browser = await client.puppeteer.connect(session);
  const page = await browser.newPage();
  await page.goto(address);
  // With `await`: the session ends when this block does, and the browser must have answered by then.
  return await page.title();
}

console.log(await titleOf(address));
