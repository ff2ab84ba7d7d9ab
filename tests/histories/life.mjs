// One session's life, as the contract tells it: starting, live, over. A life is a value: what changes it makes another.
// One that waits in line is starting, too: nobody can tell the one from the other.
//
// What no answer has told yet is null, and the first answer that tells it settles it. What happens to a session by
// itself (its browser comes, its time is up, its browser is lost) is not looked for, but taken to have happened when an
// answer needs it.
//
// Times are milliseconds of the machine's one clock, the service's and the clients' alike.

const FAILED = ["startup_failed", "browser_crashed", "browser_lost", "provider_error"];
const ASKED_FOR = "user_requested";

/** Who ended a session: somebody's call, or nobody's. */
export const BY_CALL = "call";
export const BY_ITSELF = "itself";

/**
 * A session that was just asked for.
 *
 * @param {object} asked
 * @param {number} asked.call the number of the create
 * @param {number} asked.since when that call began
 * @param {string} asked.label names the request: its body, and whose it is
 * @param {string | null} asked.id null where the service chooses it
 * @param {boolean} asked.mayBeLeft whoever asked has hung up, and can't come back for it
 * @param {{timeout: number, inactivity: number | null, metadata: string, wait: number | null}} asked.values
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

/** The same life, live; undefined if it is over. */
export function live(life) {
  if (life.phase === "over") return undefined;
  return life.phase === "live" ? life : { ...life, phase: "live" };
}

/** With other values. */
export const changed = (life, { timeout = life.timeout, inactivity = life.inactivity, metadata = life.metadata }) => ({
  ...life,
  timeout,
  inactivity,
  metadata,
});

/**
 * The lives that this one may have become by ending between two moments; none if it is over already.
 *
 * @param {"call" | "itself"} by
 */
export function endings(life, by, from, to) {
  const over = (wasLive) => ({
    ...life,
    phase: "over",
    end: { by, wasLive, from, to, at: null, reason: null, failure: null },
  });
  if (life.phase === "over") return [];
  return life.phase === "starting" ? [over(false), over(true)] : [over(true)];
}

/** Whether it may have left the line by a moment because its wait was over: then nothing is left of it. */
export const mayBeTurnedAway = ({ phase, wait, since }, by) =>
  phase === "starting" && wait !== null && by >= since + wait;

/** Whether its start has failed, or may have: what ended by itself before it was live. */
export const hasFailedToStart = ({ end }) => end !== null && !end.wasLive && end.by === BY_ITSELF;

/** Whether it was ended before it was live. */
export const wasReleasedWhileStarting = ({ end }) => end !== null && !end.wasLive && end.by === BY_CALL;

/** When its `timeout` is up, once somebody has told when it became live. */
export const expiry = ({ createdAt, timeout }) => createdAt + timeout;

/**
 * The lives in which an answer that came by `until` shows this: a session in all its parts, or in some.
 *
 * @param {object} seen what `readSession` makes of a session in an answer; what is undefined was not shown
 */
export function showing(life, seen, until) {
  if (seen.status === "live") {
    const alive = live(life);
    return alive ? one(settle(alive, seen, until)) : [];
  }
  if (life.phase === "over") return one(settleEnd(life, seen, until));
  return endings(life, BY_ITSELF, life.since, until).flatMap((over) => one(settleEnd(over, seen, until)));
}

/** The life with the cause of its failed start, if that is known; undefined if it did not fail so. */
export function failedWith(life, failure) {
  const end = hasFailedToStart(life) ? agree(life.end, { failure }) : undefined;
  return end && (end === life.end ? life : { ...life, end });
}

const one = (life) => (life ? [life] : []);

function settle(life, seen, until) {
  const { timeout, inactivity, metadata, label } = life;
  const told = { timeout, inactivity, metadata, label };
  for (const [name, value] of Object.entries(told)) {
    if (seen[name] !== undefined && seen[name] !== value) return undefined;
  }
  const createdAt = seen.createdAt ?? seen.expiresAt - timeout;
  if (seen.expiresAt !== createdAt + timeout || createdAt < life.since || createdAt > until) return undefined;
  return agree(life, { id: seen.id, url: seen.url, createdAt });
}

function settleEnd(life, seen, until) {
  const { end } = life;
  const { endedAt: at, reason, failure } = seen;
  const settled = settle(life, seen, until);
  if (!settled || at < end.from || at > Math.min(end.to, until) || at < seen.createdAt) return undefined;
  if (!mayEndSo(settled, seen) || FAILED.includes(reason) !== (seen.status === "failed")) return undefined;
  if ((failure !== undefined) !== (seen.status === "failed")) return undefined;
  const agreed = agree(end, { at, reason, failure });
  // Two lives that are known to have ended alike are alike, whatever they might have been.
  return agreed && (agreed === end ? settled : { ...settled, end: { ...agreed, from: at, to: at } });
}

function mayEndSo(life, { createdAt, endedAt, reason }) {
  const { by, wasLive } = life.end;
  if (!wasLive && createdAt !== endedAt) return false;
  if ((reason === ASKED_FOR) !== (by === BY_CALL)) return false;
  if (reason === "client_disconnected") return life.mayBeLeft;
  if (by === BY_ITSELF && wasLive === (reason === "startup_failed")) return false;
  if (reason === "timeout") return endedAt >= createdAt + life.timeout;
  if (reason === "inactivity_timeout") return life.inactivity !== null && endedAt >= createdAt + life.inactivity;
  return true;
}

/** The same value with its nulls filled; undefined if it says otherwise. */
function agree(value, told) {
  let filled = value;
  for (const [name, says] of Object.entries(told)) {
    if (says === undefined || value[name] === says) continue;
    if (value[name] !== null) return undefined;
    filled = { ...filled, [name]: says };
  }
  return filled;
}
