// Whether a value has a shape.

/** An object of fields: no array, and no `Map`, `Date` or the like, which JSON would lose or change. */
export const isPlain = (value) =>
  Object.prototype.toString.call(value) === "[object Object]" && typeof value.toJSON !== "function";

// Whether an answer has the shape of its call, as far as a program would stumble over another. Not each field: a newer
// service may have more of them, and 100 sessions are to be looked at in no time.

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

export const isSession = (value) =>
  isObject(value) &&
  typeof value.id === "string" &&
  typeof value.status === "string" &&
  typeof value.websocketUrl === "string" &&
  typeof value.timeout === "number";

export const isPage = (value) =>
  isObject(value) &&
  Array.isArray(value.sessions) &&
  value.sessions.every(isSession) &&
  (value.nextCursor === null || typeof value.nextCursor === "string") &&
  typeof value.totalCount === "number";

export const isReleased = (value) => isObject(value) && value.success === true && isSession(value.session);

export const isReleasedAll = (value) =>
  isObject(value) &&
  value.success === true &&
  Array.isArray(value.results) &&
  value.results.every(
    (result) => isObject(result) && typeof result.id === "string" && typeof result.outcome === "string",
  );

export const isPicture = (value) => value instanceof ArrayBuffer;

export const isLiveDetails = (value) =>
  isObject(value) && Array.isArray(value.pages) && typeof value.wsUrl === "string";

export const isArchive = (value) =>
  isObject(value) && isObject(value.log) && Array.isArray(value.log.entries) && Array.isArray(value.log.pages);

export const isUsage = (value) =>
  isObject(value) &&
  isObject(value.now) &&
  isObject(value.limits) &&
  Array.isArray(value.periods) &&
  value.periods.every(
    (period) => isObject(period) && typeof period.start === "string" && isObject(period.endsByReason),
  );
