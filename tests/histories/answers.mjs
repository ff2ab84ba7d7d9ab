// Reads the answers to the calls of a history, and says which answers the API allows.

/**
 * @typedef {object} SessionView a session in an answer, as far as it is compared
 * @property {string} id
 * @property {string} status
 * @property {string} createdAt
 * @property {string} expiresAt
 * @property {number} timeout
 * @property {number} [inactivityTimeout]
 * @property {Record<string, string>} [metadata]
 * @property {string} [websocketUrl]
 * @property {{lambdatestOptions?: {name?: string}}} [config]
 * @property {string} [endedAt]
 * @property {string} [releaseReason]
 * @property {{code: string}} [failure]
 * @property {unknown} [closing]
 *
 * @typedef {object} BodyParts what a body may have besides the fields of one session
 * @property {string} [code] of a problem
 * @property {{id: string, expiresAt: string}[]} [holders] the sessions that use the slots, in a `limit_reached`
 * @property {SessionView} [session]
 * @property {SessionView[]} [sessions]
 * @property {string | null} [nextCursor]
 * @property {number} [totalCount]
 * @property {{id: string, outcome?: string}[]} [results]
 *
 * @typedef {Partial<SessionView> & BodyParts} Body
 * @typedef {Body & {sessions: SessionView[], nextCursor: string | null, totalCount: number}} ListBody
 * @typedef {Body & {results: {id: string, outcome?: string}[]}} ReleaseAllBody
 *
 * @typedef {object} SeenValues what an answer shows of a session; undefined is not shown
 * @property {string} [url]
 * @property {string} [label]
 * @property {number} [createdAt] in milliseconds since 1970, like the other times
 * @property {number} [timeout]
 * @property {number | null} [inactivity]
 * @property {string} [metadata] as JSON
 * @property {number} [endedAt]
 * @property {string} [reason]
 * @property {string} [failure]
 *
 * @typedef {SeenValues & {id: string, status: "live", expiresAt: number}} SeenLive
 * @typedef {SeenValues & {id: string, status: "released" | "failed", expiresAt: number, createdAt: number,
 * endedAt: number, reason: string}} SeenOver
 * @typedef {SeenLive | SeenOver} Seen
 *
 * @typedef {import("./recorder.mjs").Call} Call
 * @typedef {import("./recorder.mjs").AnsweredCall} AnsweredCall
 */

/**
 * Problems that answer a failed start, and the cause that the session then shows, if it shows one.
 *
 * @type {Record<string, string | undefined>}
 */
export const START_PROBLEMS = {
  provider_error: "provider_error",
  provider_unavailable: "provider_unavailable",
  provider_rate_limited: "provider_rate_limited",
  provider_timeout: undefined,
  start_interrupted: "start_interrupted",
};

/** @type {Record<string, number>} */
const STATUS_OF = {
  idempotency_mismatch: 422,
  limit_reached: 429,
  not_watched: 409,
  provider_error: 502,
  provider_rate_limited: 429,
  provider_timeout: 504,
  provider_unavailable: 503,
  released_while_starting: 409,
  session_ended: 409,
  session_not_found: 404,
  start_interrupted: 503,
};

const STARTS = Object.keys(START_PROBLEMS);
/** @type {Record<Call["what"], (number | string | undefined)[]>} */
const KNOWN = {
  create: [200, 201, "released_while_starting", "idempotency_mismatch", "limit_reached", ...STARTS],
  get: [200, "session_not_found"],
  list: [200],
  change: [200, "session_not_found", "session_ended", "not_watched"],
  release: [200, "session_not_found"],
  releaseAll: [200],
  // The browser itself is asked, and may fail.
  details: [200, "session_not_found", "session_ended", ...STARTS],
};

/**
 * What is wrong with an answer by itself; undefined if the API allows it.
 *
 * @param {AnsweredCall} call
 */
export function strangeness({ what, answer: { status, body } }) {
  const known = KNOWN[what].includes(status < 400 ? status : body?.code);
  if (!known || (status >= 400 && STATUS_OF[body.code ?? ""] !== status)) {
    return `the contract knows no ${status} ${body?.code ?? ""} for it`;
  }
  return sessionsIn(body).map(malformation).find(Boolean);
}

/**
 * The sessions that an answer shows in full.
 *
 * @param {Body | undefined} body
 * @returns {SessionView[]}
 */
export function sessionsIn(body) {
  if (Array.isArray(body?.sessions)) return body.sessions;
  if (body?.session) return [body.session];
  return body?.websocketUrl && body.createdAt ? [/** @type {SessionView} */ (body)] : [];
}

/**
 * What the model compares of a session in an answer. `strangeness` has checked that its end fits its status.
 *
 * @param {SessionView} session
 */
export const readSession = (session) =>
  /** @type {Seen & {createdAt: number}} */ ({
    id: session.id,
    url: session.websocketUrl,
    label: session.config?.lambdatestOptions?.name,
    status: session.status,
    createdAt: Date.parse(session.createdAt),
    expiresAt: Date.parse(session.expiresAt),
    timeout: session.timeout,
    inactivity: session.inactivityTimeout ?? null,
    metadata: JSON.stringify(session.metadata),
    endedAt: session.endedAt === undefined ? undefined : Date.parse(session.endedAt),
    reason: session.releaseReason,
    failure: session.failure?.code,
  });

/**
 * @param {SessionView} session
 * @returns {string | undefined}
 */
function malformation(session) {
  const { id, status, endedAt, releaseReason, closing } = session;
  if (!["live", "released", "failed"].includes(status)) return `${id} is ${status}`;
  const isOver = status !== "live";
  if (isOver !== Boolean(endedAt) || isOver !== Boolean(releaseReason)) {
    return `${id} is ${status}, ended at ${endedAt}`;
  }
  return closing && !isOver ? `${id} is closing, and live` : undefined;
}
