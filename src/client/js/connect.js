// `client.puppeteer` and `client.playwright`: the caller's own library on a session's browser.

import { TidewatchError } from "./error.js";

const PUPPETEER = {
  option: "puppeteer",
  modules: ["puppeteer-core", "puppeteer"],
  has: (it) => typeof it?.connect === "function",
};
const PLAYWRIGHT = {
  option: "playwright",
  modules: ["playwright-core", "playwright"],
  has: (it) => typeof it?.chromium?.connectOverCDP === "function",
};

export class PuppeteerConnector {
  async connect(session, options) {
    const { url, library, connectOptions } = await prepare(session, options, PUPPETEER);
    // Else puppeteer would change the window's size to its own default.
    return library.connect({ defaultViewport: null, ...connectOptions, browserWSEndpoint: url });
  }
}

export class PlaywrightConnector {
  async connect(session, options) {
    const { url, library, connectOptions } = await prepare(session, options, PLAYWRIGHT);
    return library.chromium.connectOverCDP(url, connectOptions);
  }
}

async function prepare(session, options, wanted) {
  const { [wanted.option]: given, connectOptions = {}, ...rest } = checked(options);
  const url = session?.websocketUrl;
  if (typeof url !== "string" || !/^wss?:/.test(url))
    throw invalid("/session", "must be a session, with its websocketUrl");
  if (typeof connectOptions !== "object" || connectOptions === null)
    throw invalid("/connectOptions", "must be an object");
  for (const name of Object.keys(rest)) throw invalid(`/${name}`, "is not an option of this call");
  if (given !== undefined && !wanted.has(given)) throw invalid(`/${wanted.option}`, `is not ${wanted.modules[0]}`);
  return { url, connectOptions, library: given ?? (await imported(wanted)) };
}

function checked(options = {}) {
  if (typeof options !== "object" || options === null) throw invalid("", "the options must be an object");
  return options;
}

async function imported({ option, modules, has }) {
  let cause;
  for (const name of modules) {
    try {
      // A bundler must not look for it: most programs have only one of them.
      const module = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
      const library = [module, module.default].find(has);
      if (library) return library;
    } catch (error) {
      cause ??= error;
    }
  }
  const [first] = modules;
  const how = `run \`npm install ${first}\`, or pass it: connect(session, { ${option} })`;
  throw new TidewatchError(`${first} is not there: ${how}`, { code: "library_missing", cause });
}

function invalid(pointer, detail) {
  const errors = [{ pointer, detail }];
  return new TidewatchError(`${pointer} ${detail}`.trim(), { code: "invalid_options", errors });
}
