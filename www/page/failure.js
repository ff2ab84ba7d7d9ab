// What a caught error says. Calls of the client throw a `TidewatchError`; anything else has a message only.

/** @import { TidewatchError } from "tidewatch" */

/**
 * @typedef {"code" | "status" | "errors" | "holders" | "requestId" | "retryable"} FailureField
 * @typedef {Error & Partial<Pick<TidewatchError, FailureField>>} Failure
 */

/** Errors that need other words on a page than in a program. @type {Map<string | undefined, string>} */
const MESSAGES = new Map([
  ["connection_failed", "Can't reach the server. Check your connection."],
  ["invalid_key", "This key isn't valid for this deployment."],
  ["recording_not_found", "This session was not recorded."],
  ["session_not_found", "Session not found."],
  ["timeout", "The server did not answer in time."],
]);

/**
 * @param {unknown} error what was thrown
 * @returns {Failure}
 */
export function failureOf(error) {
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * An error's message for people.
 *
 * @param {unknown} error what was thrown
 */
export function messageOf(error) {
  const { code, message } = failureOf(error);
  return MESSAGES.get(code) ?? message;
}
