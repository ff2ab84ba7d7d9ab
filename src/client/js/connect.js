// `client.puppeteer` and `client.playwright`: connect the caller's library to a session's browser.

/** @import { PlaywrightModule, PuppeteerModule, SessionData } from "../types.ts" */

import { TidewatchError } from "./error.js";

/**
 * A library that can drive a browser.
 *
 * @template Library
 * @typedef {object} Driver
 * @property {string} option the name of the option with the caller's own library
 * @property {[string, ...string[]]} modules the modules to import, the preferred one first
 * @property {(module: unknown) => module is Library} isLibrary
 */

/** @type {Driver<PuppeteerModule>} */
const PUPPETEER = { option: "puppeteer", modules: ["puppeteer-core", "puppeteer"], isLibrary: isPuppeteer };
/** @type {Driver<PlaywrightModule>} */
const PLAYWRIGHT = { option: "playwright", modules: ["playwright-core", "playwright"], isLibrary: isPlaywright };

/**
 * @param {unknown} module
 * @returns {module is PuppeteerModule}
 */
function isPuppeteer(module) {
  return hasMethod(module, "connect");
}

/**
 * @param {unknown} module
 * @returns {module is PlaywrightModule}
 */
function isPlaywright(module) {
  return isObject(module) && hasMethod(module.chromium, "connectOverCDP");
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return (typeof value === "object" || typeof value === "function") && value !== null;
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function hasMethod(value, name) {
  return isObject(value) && typeof value[name] === "function";
}

export class PuppeteerConnector {
  /**
   * @param {Pick<SessionData, "websocketUrl">} session
   * @param {Record<string, unknown>} [options]
   */
  async connect(session, options) {
    const { url, library, connectOptions } = await prepare(session, options, PUPPETEER);
    // By default puppeteer changes the window's size.
    const all = { defaultViewport: null, ...connectOptions, browserWSEndpoint: url };
    return library.connect(all);
  }
}

export class PlaywrightConnector {
  /**
   * @param {Pick<SessionData, "websocketUrl">} session
   * @param {Record<string, unknown>} [options]
   */
  async connect(session, options) {
    const { url, library, connectOptions } = await prepare(session, options, PLAYWRIGHT);
    return library.chromium.connectOverCDP(url, connectOptions);
  }
}

/**
 * Checks the arguments and finds the library.
 *
 * @template Library
 * @param {Pick<SessionData, "websocketUrl">} session
 * @param {Record<string, unknown> | undefined} options
 * @param {Driver<Library>} driver
 */
async function prepare(session, options, driver) {
  const { [driver.option]: given, connectOptions = {}, ...rest } = checked(options);
  const url = session?.websocketUrl;
  if (typeof url !== "string" || !/^wss?:/.test(url))
    throw invalid("/session", "must be a session, with its websocketUrl");
  if (typeof connectOptions !== "object" || connectOptions === null)
    throw invalid("/connectOptions", "must be an object");
  for (const name of Object.keys(rest)) throw invalid(`/${name}`, "is not an option of this call");
  if (given === undefined) return { url, connectOptions, library: await importLibrary(driver) };
  if (!driver.isLibrary(given)) throw invalid(`/${driver.option}`, `is not ${driver.modules[0]}`);
  return { url, connectOptions, library: given };
}

/** @param {Record<string, unknown> | undefined} options */
function checked(options = {}) {
  if (typeof options !== "object" || options === null) throw invalid("", "the options must be an object");
  return options;
}

/**
 * @template Library
 * @param {Driver<Library>} driver
 */
async function importLibrary({ option, modules, isLibrary }) {
  let cause;
  for (const name of modules) {
    try {
      // Hidden from bundlers: most programs have only one of the libraries.
      const module = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
      const library = [module, module.default].find(isLibrary);
      if (library) return library;
    } catch (error) {
      cause ??= error;
    }
  }
  const [first] = modules;
  const how = `run \`npm install ${first}\`, or pass it: connect(session, { ${option} })`;
  throw new TidewatchError(`${first} is not there: ${how}`, { code: "library_missing", cause });
}

/**
 * @param {string} pointer
 * @param {string} detail
 */
function invalid(pointer, detail) {
  const errors = [{ pointer, detail }];
  return new TidewatchError(`${pointer} ${detail}`.trim(), { code: "invalid_options", errors });
}
