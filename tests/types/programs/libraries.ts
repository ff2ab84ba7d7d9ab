// The real libraries: what is connected is of their own types.

import * as playwright from "playwright-core";
import puppeteer from "puppeteer-core";
import type { Tidewatch, Session } from "tidewatch";

export async function drive(client: Tidewatch, session: Session): Promise<void> {
  const driven = await client.puppeteer.connect(session, { puppeteer, connectOptions: { defaultViewport: null } });
  const page = await driven.newPage();
  await page.goto("https://example.com");
  await driven.disconnect();

  const browser = await client.playwright.connect(session, { playwright, connectOptions: { timeout: 5000 } });
  const [context] = browser.contexts();
  await context?.newPage();
  await browser.close();
}
