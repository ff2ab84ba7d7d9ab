// One session's life by the rules of the API: starting, live, over. A life is an immutable value. A session in the
// queue counts as starting: clients can't see the difference.
//
// A field is null until an answer shows it; the first answer that shows it settles it. Changes without a call (the
// browser starts, the timeout passes, the browser is lost) are assumed when an answer needs them.
//
// Times are milliseconds of the machine's clock, which the service and the clients share.

/**
 * @typedef {import("./answers.mjs").Seen} Seen
 * @typedef {"call" | "itself"} EndedBy
 *
 * @typedef {object} End
 * @property {EndedBy} by
 * @property {boolean} wasLive
 * @property {number} from it ended at this time or later
 * @property {number} to it ended at this time or earlier
 * @property {number | null} at
 * @property {string | null} reason
 * @property {string | null} failure
 *
 * @typedef {object} CreateValues
 * @property {number} timeout
 * @property {number | null} inactivity
 * @property {string} metadata as JSON
 * @property {number | null} wait
 *
 * @typedef {{timeout?: number, inactivity?: number | null, metadata?: string}} ChangeValues
 *
 * @typedef {object} Asked a request for a session
 * @property {number} call the number of the create
 * @property {number} since when that call began
 * @property {string} label names the request: its place and its body
 * @property {string | null} id null if the service chooses it
 * @property {boolean} mayBeLeft its caller hung up and can't come back for it
 *
 * @typedef {Asked & CreateValues & {url: string | null, createdAt: number | null}} LifeValues
 * @typedef {LifeValues & {phase: "starting" | "live", end: null}} Alive
 * @typedef {LifeValues & {phase: "over", end: End}} Over
 * @typedef {Alive | Over} Life
 */

const FAILED = ["startup_failed", "browser_crashed", "browser_lost", "provider_error"];
const ASKED_FOR = "user_requested";

// What ended a session: a call, or something else.
export const BY_CALL = "call";
export const BY_ITSELF = "itself";

/**
 * A session that was just requested.
 *
 * @param {Asked & {values: CreateValues}} asked
 * @returns {Alive}
 */
export const begin = ({ call, since, label, id, mayBeLeft, values }) => ({
  call,
  since,
  label,
  id,
  mayBeLeft,
  ...values,
  url: null,
  phase: "starting",
  createdAt: null,
  end: null,
});

/**
 * The same life, live; undefined if it is over.
 *
 * @param {Life} life
 * @returns {Alive | undefined}
 */
export function live(life) {
  if (life.phase === "over") return undefined;
  return life.phase === "live" ? life : { ...life, phase: "live" };
}

/**
 * The life with other values.
 *
 * @param {Life} life
 * @param {ChangeValues} values
 * @returns {Life}
 */
export const changed = (life, { timeout = life.timeout, inactivity = life.inactivity, metadata = life.metadata }) => ({
  ...life,
  timeout,
  inactivity,
  metadata,
});

/**
 * The lives that this one may have become by ending between two moments; none if it is over already.
 *
 * @param {Life} life
 * @param {EndedBy} by
 * @param {number} from
 * @param {number} to
 */
export function endings(life, by, from, to) {
  /** @type {(wasLive: boolean) => Over} */
  const over = (wasLive) => ({
    ...life,
    phase: "over",
    end: { by, wasLive, from, to, at: null, reason: null, failure: null },
  });
  if (life.phase === "over") return [];
  return life.phase === "starting" ? [over(false), over(true)] : [over(true)];
}

/**
 * Whether it may have left the queue by this time because its wait was over. Nothing remains of it then.
 *
 * @param {Life} life
 * @param {number} by
 */
export const mayBeTurnedAway = ({ phase, wait, since }, by) =>
  phase === "starting" && wait !== null && by >= since + wait;

/**
 * Whether its start has failed, or may have: it ended without a call before it was live.
 *
 * @param {Life} life
 */
export const hasFailedToStart = ({ end }) => end !== null && !end.wasLive && end.by === BY_ITSELF;

/**
 * Whether a call ended it before it was live.
 *
 * @param {Life} life
 */
export const wasReleasedWhileStarting = ({ end }) => end !== null && !end.wasLive && end.by === BY_CALL;

/**
 * When its `timeout` passes.
 *
 * @param {{createdAt: number, timeout: number}} life
 */
export const expiry = ({ createdAt, timeout }) => createdAt + timeout;

/**
 * The lives in which an answer that came by `until` may show this session, in full or in part.
 *
 * @param {Life} life
 * @param {Seen} seen
 * @param {number} until
 * @returns {Life[]}
 */
export function showing(life, seen, until) {
  if (seen.status === "live") {
    const alive = live(life);
    return alive ? one(settle(alive, seen, until)) : [];
  }
  if (life.phase === "over") return one(settleEnd(life, seen, until));
  return endings(life, BY_ITSELF, life.since, until).flatMap((over) => one(settleEnd(over, seen, until)));
}

/**
 * The life with the cause of its failed start, if that is known; undefined if its start did not fail with this cause.
 *
 * @param {Life} life
 * @param {string | undefined} failure
 * @returns {Life | undefined}
 */
export function failedWith(life, failure) {
  if (life.phase !== "over" || !hasFailedToStart(life)) return undefined;
  const end = agree(life.end, { failure });
  return end && (end === life.end ? life : { ...life, end });
}

/** @param {Life | undefined} life */
const one = (life) => (life ? [life] : []);

const REQUESTED = /** @type {const} */ (["timeout", "inactivity", "metadata", "label"]);

/**
 * @param {Life} life
 * @param {Seen} seen
 * @param {number} until
 */
function settle(life, seen, until) {
  const { timeout } = life;
  if (REQUESTED.some((name) => seen[name] !== undefined && seen[name] !== life[name])) return undefined;
  const createdAt = seen.createdAt ?? seen.expiresAt - timeout;
  if (seen.expiresAt !== createdAt + timeout || createdAt < life.since || createdAt > until) return undefined;
  return agree(life, { id: seen.id, url: seen.url, createdAt });
}

/**
 * @param {Over} life
 * @param {import("./answers.mjs").SeenOver} seen
 * @param {number} until
 * @returns {Life | undefined}
 */
function settleEnd(life, seen, until) {
  const { end } = life;
  const { endedAt: at, reason, failure } = seen;
  const settled = settle(life, seen, until);
  if (!settled || at < end.from || at > Math.min(end.to, until) || at < seen.createdAt) return undefined;
  if (!mayEndSo(settled, end, seen) || FAILED.includes(reason) !== (seen.status === "failed")) return undefined;
  if ((failure !== undefined) !== (seen.status === "failed")) return undefined;
  const agreed = agree(end, { at, reason, failure });
  // Two lives with the same known end are the same, whatever they could have been before.
  return agreed && (agreed === end ? settled : { ...settled, phase: "over", end: { ...agreed, from: at, to: at } });
}

/**
 * @param {Life} life
 * @param {End} end
 * @param {import("./answers.mjs").SeenOver} seen
 */
function mayEndSo(life, { by, wasLive }, { createdAt, endedAt, reason }) {
  if (!wasLive && createdAt !== endedAt) return false;
  if ((reason === ASKED_FOR) !== (by === BY_CALL)) return false;
  if (reason === "client_disconnected") return life.mayBeLeft;
  if (by === BY_ITSELF && wasLive === (reason === "startup_failed")) return false;
  if (reason === "timeout") return endedAt >= createdAt + life.timeout;
  if (reason === "inactivity_timeout") return life.inactivity !== null && endedAt >= createdAt + life.inactivity;
  return true;
}

/**
 * The same value with its nulls filled; undefined if the two contradict each other.
 *
 * @template {object} T
 * @param {T} value
 * @param {Partial<T>} shown
 */
function agree(value, shown) {
  let filled = value;
  for (const name of /** @type {(keyof T)[]} */ (Object.keys(shown))) {
    const now = shown[name];
    if (now === undefined || value[name] === now) continue;
    if (value[name] !== null) return undefined;
    filled = { ...filled, [name]: now };
  }
  return filled;
}
