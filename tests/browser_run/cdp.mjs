// What the browsers answer to commands of the Chrome DevTools Protocol.

// A message that is longer is no command: it is sent back as it is.
const COMMAND_BYTES_MAX = 100_000;

export const VERSION = { product: "Chrome/1.2.3.4", protocolVersion: "1.3", userAgent: "Browser Run, simulated" };

/**
 * @import { WebSocket } from "ws"
 * @import { Browser } from "./browser.mjs"
 *
 * @typedef {{id: number, method: string, params?: any, sessionId?: string}} Command
 * @typedef {(params: any, browser: Browser, socket: WebSocket) => unknown} Answers
 */

/**
 * The result of each command, by method. An exception is answered with an error, `undefined` is not answered.
 *
 * @type {Record<string, Answers>}
 */
export const COMMANDS = {
  "Browser.close": () => ({}),
  "Browser.getVersion": () => VERSION,
  "Browser.getWindowForTarget": (_, browser) => ({ windowId: 1, bounds: bounds(browser) }),
  "Browser.getWindowBounds": (_, browser) => ({ bounds: bounds(browser) }),
  "Browser.setWindowBounds": (params, browser) => {
    const { width, height } = params.bounds;
    browser.window = { width, height };
    return {};
  },
  "Target.getTargets": (_, { targets }) => ({
    targetInfos: targets.map(({ id, url, title }) => ({ targetId: id, type: "page", url, title, attached: false })),
  }),
  "Target.createTarget": ({ url }, browser) => ({ targetId: browser.openTarget(url).id }),
};

/** @param {Browser} browser */
const bounds = ({ window }) => ({ left: 0, top: 0, ...window, windowState: "normal" });

/**
 * The command in a message; `undefined` if there is none.
 *
 * @param {Buffer} data
 * @param {boolean} isBinary
 * @returns {Command | undefined}
 */
export function readCommand(data, isBinary) {
  if (isBinary || data.length > COMMAND_BYTES_MAX) return undefined;
  try {
    const command = JSON.parse(data.toString());
    return typeof command?.method === "string" ? command : undefined;
  } catch {
    return undefined;
  }
}
