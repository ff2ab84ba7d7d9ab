// The methods of a session.

/** @import { CallOptions, SessionData } from "../types.ts" */
/** @import { Sessions } from "./sessions.js" */

const CALLS = Symbol("calls");
/** @type {typeof Symbol.asyncDispose} */
const ASYNC_DISPOSE = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** @typedef {SessionData & Session} AdoptedSession data from the service with these methods */

/** A session's data are its own properties, so a copy of a session is plain data. */
export class Session {
  /**
   * @this {AdoptedSession}
   * @param {CallOptions} [options]
   */
  release(options) {
    return this[CALLS].release(this.id, options);
  }

  /**
   * Asks the service first: another program may have extended the session meanwhile.
   *
   * @this {AdoptedSession}
   * @param {number} ms
   * @param {CallOptions} [options]
   */
  async extend(ms, options) {
    this[CALLS].checkLength(ms);
    const { timeout } = await this[CALLS].retrieve(this.id, options);
    return Object.assign(this, await this[CALLS].update(this.id, { timeout: timeout + ms }, options));
  }

  /** @this {AdoptedSession} */
  async [ASYNC_DISPOSE]() {
    await this.release();
  }

  /**
   * The client's calls. `prototypeFor` puts them into the prototype.
   *
   * @returns {Sessions}
   */
  get [CALLS]() {
    throw new TypeError("this session belongs to no client");
  }
}

/**
 * The prototype of one client's sessions. A list creates a hundred sessions at a time, and none needs properties for
 * its client.
 *
 * @param {Sessions} calls
 * @returns {Session}
 */
export function prototypeFor(calls) {
  return Object.create(Session.prototype, { [CALLS]: { value: calls } });
}
