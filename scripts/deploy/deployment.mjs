// The decisions of a deployment, made from wrangler's output. Pure functions.

/**
 * @typedef {Pick<import("../support/command.mjs").CommandResult, "code" | "lines">} Ended how a command of wrangler's
 * ended
 */

// The API's code for a Worker that does not exist yet.
const NO_SUCH_WORKER = /\[code: 10007\]|This Worker does not exist/;

/** What to do if wrangler knows no account. `npx` finds the wrangler of this project. */
export const LOG_IN =
  "run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN to a token that may edit Workers. Then run the same again.";

/** @type {[pattern: RegExp, advice: string][]} */
const ADVICE = [
  [/CLOUDFLARE_API_TOKEN|not authenticated|Authentication error|\[code: (10000|9109)\]/i, LOG_IN],
  [
    /workers\.dev subdomain/i,
    "open Workers & Pages in Cloudflare's dashboard once: that registers a workers.dev name. Then run the same again.",
  ],
  [/more than one account|CLOUDFLARE_ACCOUNT_ID/i, "set CLOUDFLARE_ACCOUNT_ID to the account that it is for."],
  [/R2/, "enable R2 in Cloudflare's dashboard, or take its binding out of wrangler.toml."],
  [/browser/i, "enable Browser Run for the account in Cloudflare's dashboard. Then run the same again."],
];
const ADVICE_OTHERWISE = "read wrangler's output above. Nothing is half-done: the same can be run again.";

/**
 * Whether `wrangler whoami --json` found a login.
 *
 * @param {Ended} ended
 */
export function isLoggedIn({ code, lines }) {
  const answer = parseJson(lines);
  return code === 0 && answer?.loggedIn !== false;
}

/**
 * Whether this deployment makes TIDEWATCH_SECRET, from the answer of `wrangler secret list`. True only if it is certain
 * that there is none: a second secret would make all keys of the first one invalid.
 *
 * @param {Ended} ended
 * @returns {boolean | undefined} undefined: the answer is unclear, so nothing may be deployed
 */
export function makesSecret({ code, lines }) {
  if (code !== 0) return NO_SUCH_WORKER.test(lines.join("\n")) ? true : undefined;
  const secrets = parseJson(lines);
  if (!Array.isArray(secrets)) return undefined;
  return !secrets.some((/** @type {{name?: string}} */ { name }) => name === "TIDEWATCH_SECRET");
}

/**
 * The bucket that wrangler.toml binds; undefined if it binds none.
 *
 * @param {string} configuration
 */
export const bucketOf = (configuration) => /^\s*bucket_name\s*=\s*"([^"]+)"/m.exec(configuration)?.[1];

/**
 * Whether the bucket exists after `wrangler r2 bucket create`: it was made now or before.
 *
 * @param {Ended} ended
 */
export const hasBucket = ({ code, lines }) => code === 0 || /\[code: 10004\]|already exists/i.test(lines.join("\n"));

/**
 * The address that `wrangler deploy` names, if it names one.
 *
 * @param {string[]} lines
 */
export function deployedUrl(lines) {
  return lines.map((line) => /https:\/\/\S+/.exec(line)?.[0]).find((url) => url && !/cloudflare\.com/.test(url));
}

/**
 * What to do about a failure of wrangler's, from its output.
 *
 * @param {string[]} lines
 */
export function adviceFor(lines) {
  const text = lines.join("\n");
  return ADVICE.find(([pattern]) => pattern.test(text))?.[1] ?? ADVICE_OTHERWISE;
}

/**
 * Parses the JSON of an output. wrangler may print a warning before it.
 *
 * @param {string[]} lines
 */
function parseJson(lines) {
  const first = lines.findIndex((line) => /^\s*[[{]/.test(line));
  try {
    return JSON.parse(lines.slice(first).join("\n"));
  } catch {
    return undefined;
  }
}
