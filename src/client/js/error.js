// The error that every call rejects with. Its public type is in types.ts.

/** @import { InvalidValue, SlotHolder } from "../types.ts" */

/**
 * @typedef {object} Fields
 * @property {string} code
 * @property {number} [status]
 * @property {readonly InvalidValue[]} [errors]
 * @property {readonly SlotHolder[]} [holders]
 * @property {string} [requestId]
 * @property {boolean} [retryable]
 * @property {unknown} [cause]
 */

export class TidewatchError extends Error {
  /**
   * @param {string} message
   * @param {Fields} fields
   */
  constructor(message, { code, status, errors = [], holders = [], requestId, retryable = false, cause }) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.errors = errors;
    this.holders = holders;
    this.requestId = requestId;
    this.retryable = retryable;
  }
}

// As a string: a minifier renames the class.
Object.defineProperty(TidewatchError.prototype, "name", {
  value: "TidewatchError",
  configurable: true,
  writable: true,
});
