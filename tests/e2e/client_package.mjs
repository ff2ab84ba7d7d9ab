// The client under test: the built package, as a program of Node imports it.

import { join } from "node:path";

import { buildClient } from "../../scripts/build/package.mjs";

/** @import { Service } from "./service.mjs" */

/** Where the package is. */
export const packageFolder = await buildClient();

export const { Tidewatch, TidewatchError } = await import(join(packageFolder, "nodejs.js"));

/**
 * A client of a project of the service under test.
 *
 * @param {{service: Service | { url: string | undefined; }, key: string | undefined}} options
 * @param {{ owner: string; } | { baseUrl: string; }} [options]
 */
export const clientOf = ({ service, key }, options) => new Tidewatch({ baseUrl: service.url, apiKey: key, ...options });
