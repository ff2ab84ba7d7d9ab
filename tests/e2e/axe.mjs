// Checks the accessibility of a page with axe.

import { readFileSync } from "node:fs";

import { inRoot } from "../../scripts/support/places.mjs";

/** @import { Page } from "playwright-core" */

/** @typedef {{id: string, impact: string, nodes: {html: string}[]}} Violation */

const AXE = readFileSync(inRoot("node_modules", "axe-core", "axe.min.js"), "utf8");
// Its rules that look at colours: all others find the same in light and in dark.
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/**
 * What it finds that is serious or worse, in light and in dark.
 *
 * @param {Page} page
 */
export async function findingsOf(page) {
  // Not by a script element, which the page's own rules forbid.
  await page.evaluate(AXE);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  const inLight = await violationsOf(page, {});
  await page.emulateMedia({ colorScheme: "dark" });
  const inDark = await violationsOf(page, { runOnly: OF_COLOURS });
  await page.emulateMedia({ colorScheme: "light" });
  return [...inLight, ...inDark.map((finding) => `in dark, ${finding}`)];
}

/**
 * @param {Page} page
 * @param {{} | { runOnly: string[]; }} options
 */
async function violationsOf(page, options) {
  const look = (/** @type {object} */ rules) =>
    Reflect.get(globalThis, "axe").run(document, { ...rules, resultTypes: ["violations"] });
  /** @type {{violations: Violation[]}} */
  const { violations } = await page.evaluate(look, options);
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return grave.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ html }) => html.slice(0, 160))
        .join(" | ")}`,
  );
}
