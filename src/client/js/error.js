// What every call rejects with. Typed in types.ts.

export class TidewatchError extends Error {
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

// By its text: a minifier renames the class.
Object.defineProperty(TidewatchError.prototype, "name", {
  value: "TidewatchError",
  configurable: true,
  writable: true,
});
