// What the answers to the calls of a history mean, and which answers the contract knows.

/** Problems with which a start that failed is answered, and the cause that its session then shows, where it is one. */
export const START_PROBLEMS = {
  provider_error: "provider_error",
  provider_unavailable: "provider_unavailable",
  provider_rate_limited: "provider_rate_limited",
  provider_timeout: undefined,
  start_interrupted: "start_interrupted",
};

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

/** What is wrong with an answer by itself; undefined if the contract knows it. */
export function strangeness({ what, answer: { status, body } }) {
  const known = KNOWN[what].includes(status < 400 ? status : body?.code);
  if (!known || (status >= 400 && STATUS_OF[body.code] !== status)) {
    return `the contract knows no ${status} ${body?.code ?? ""} for it`;
  }
  return sessionsIn(body).map(malformation).find(Boolean);
}

/** The sessions that an answer shows in full. */
export function sessionsIn(body) {
  if (Array.isArray(body?.sessions)) return body.sessions;
  if (body?.session) return [body.session];
  return body?.websocketUrl && body.createdAt ? [body] : [];
}

/** What the model compares of a session in an answer. */
export const readSession = (session) => ({
  id: session.id,
  url: session.websocketUrl,
  label: session.config?.lambdatestOptions?.name,
  status: session.status,
  createdAt: Date.parse(session.createdAt),
  expiresAt: Date.parse(session.expiresAt),
  timeout: session.timeout,
  inactivity: session.inactivityTimeout ?? null,
  metadata: JSON.stringify(session.metadata),
  endedAt: session.endedAt && Date.parse(session.endedAt),
  reason: session.releaseReason,
  failure: session.failure?.code,
});

function malformation(session) {
  const { id, status, endedAt, releaseReason, closing } = session;
  if (!["live", "released", "failed"].includes(status)) return `${id} is ${status}`;
  const isOver = status !== "live";
  if (isOver !== Boolean(endedAt) || isOver !== Boolean(releaseReason)) {
    return `${id} is ${status}, ended at ${endedAt}`;
  }
  return closing && !isOver ? `${id} is closing, and live` : undefined;
}
