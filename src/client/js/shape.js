// Checks the shapes of values.

/**
 * Whether a value is a plain object. Arrays, `Map`s, `Date`s and the like are not: JSON would lose or change them.
 *
 * @param {unknown} value
 */
export const isPlain = (value) =>
  Object.prototype.toString.call(value) === "[object Object]" &&
  typeof (/** @type {{toJSON?: unknown}} */ (value).toJSON) !== "function";

// The following functions check an answer of the service, as far as programs depend on it. They do not check each
// field: a newer service may have more, and a list with 100 sessions must be checked quickly.

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {unknown} value */
export const isSession = (value) =>
  isObject(value) &&
  typeof value.id === "string" &&
  typeof value.status === "string" &&
  typeof value.websocketUrl === "string" &&
  typeof value.timeout === "number";

/** @param {unknown} value */
export const isPage = (value) =>
  isObject(value) &&
  Array.isArray(value.sessions) &&
  value.sessions.every(isSession) &&
  (value.nextCursor === null || typeof value.nextCursor === "string") &&
  typeof value.totalCount === "number";

/** @param {unknown} value */
export const isReleased = (value) => isObject(value) && value.success === true && isSession(value.session);

/** @param {unknown} value */
export const isReleasedAll = (value) =>
  isObject(value) &&
  value.success === true &&
  Array.isArray(value.results) &&
  value.results.every(
    (result) => isObject(result) && typeof result.id === "string" && typeof result.outcome === "string",
  );

/** @param {unknown} value */
export const isPicture = (value) => value instanceof ArrayBuffer;

/** @param {unknown} value */
export const isLiveDetails = (value) =>
  isObject(value) && Array.isArray(value.pages) && typeof value.wsUrl === "string";

/** @param {unknown} value */
export const isArchive = (value) =>
  isObject(value) && isObject(value.log) && Array.isArray(value.log.entries) && Array.isArray(value.log.pages);

/** @param {unknown} value */
export const isUsage = (value) =>
  isObject(value) &&
  isObject(value.now) &&
  isObject(value.limits) &&
  Array.isArray(value.periods) &&
  value.periods.every(
    (period) => isObject(period) && typeof period.start === "string" && isObject(period.endsByReason),
  );
