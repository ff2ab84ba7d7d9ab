// An agent in a process of its own, for tests that kill it: connects, and says so.

import puppeteer from "puppeteer-core";

const browser = await puppeteer.connect({ browserWSEndpoint: process.argv[2] });
const page = await browser.newPage();
process.send?.(await page.evaluate(() => 6 * 7));
process.on("disconnect", () => process.exit());
