// DevTools' own HTTP endpoints, `json/*`, as Chrome answers them.

import { VERSION } from "./cdp.mjs";

/**
 * @import { Browser, Target } from "./browser.mjs"
 * @import { Route } from "./paths.mjs"
 *
 * @typedef {{browser: Browser, host: string, query: URLSearchParams, found?: Target}} Question
 * @typedef {{status: number, body: unknown}} DevtoolsAnswer
 */

/**
 * Answers one of them.
 *
 * @param {Browser} browser
 * @param {Route} route
 * @param {string} host where the sockets are
 */
export function answerDevtools(browser, { what, target, query }, host) {
  const answer = ANSWERS[what ?? ""];
  return answer ? answer({ browser, host, query, found: browser.findTarget(target) }) : refuse("Unknown command");
}

/** @type {Record<string, (question: Question) => DevtoolsAnswer>} */
const ANSWERS = {
  version: ({ browser, host }) =>
    ok({
      Browser: VERSION.product,
      "Protocol-Version": VERSION.protocolVersion,
      webSocketDebuggerUrl: `ws://${host}/devtools/browser/${browser.id}`,
    }),
  list: ({ browser, host }) => ok(browser.targets.map((target) => show(target, host))),
  protocol: () => ok({ version: { major: "1", minor: "3" }, domains: [] }),
  new: ({ browser, host, query }) => ok(show(browser.openTarget(query.get("url") ?? "about:blank"), host)),
  activate: ({ found }) => (found ? ok("Target activated") : noSuchTarget()),
  close: ({ browser, found }) => {
    if (!found) return noSuchTarget();
    browser.closeTarget(found);
    return ok("Target is closing");
  },
};

/** @param {unknown} body */
const ok = (body) => ({ status: 200, body });

/** @param {unknown} body */
const refuse = (body) => ({ status: 404, body });

const noSuchTarget = () => refuse("No such target id");

/**
 * @param {Target} target
 * @param {string} host
 */
const show = ({ id, url, title }, host) => ({
  description: "",
  devtoolsFrontendUrl: `/devtools/inspector.html?ws=${host}/devtools/page/${id}`,
  faviconUrl: "",
  id,
  title,
  type: "page",
  url,
  webSocketDebuggerUrl: `ws://${host}/devtools/page/${id}`,
});
