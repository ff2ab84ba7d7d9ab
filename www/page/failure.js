// What a caught error says. Calls of the client throw a `TidewatchError`; anything else has a message only.

/** @import { TidewatchError } from "tidewatch" */

/**
 * @typedef {"code" | "status" | "errors" | "holders" | "requestId" | "retryable"} FailureField
 * @typedef {Error & Partial<Pick<TidewatchError, FailureField>>} Failure
 */

/**
 * @param {unknown} error what was thrown
 * @returns {Failure}
 */
export function failureOf(error) {
  return error instanceof Error ? error : new Error(String(error));
}
