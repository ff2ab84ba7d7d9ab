// A session with what can be done with it.

const CALLS = Symbol("calls");
const ASYNC_DISPOSE = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** The methods of sessions; their data are own fields, so that a copy is data alone. */
export class Session {
  release(options) {
    return this[CALLS].release(this.id, options);
  }

  // The service is asked first: what somebody else has added meanwhile must not be taken away again.
  async extend(ms, options) {
    this[CALLS].checkLength(ms);
    const { timeout } = await this[CALLS].retrieve(this.id, options);
    return Object.assign(this, await this[CALLS].update(this.id, { timeout: timeout + ms }, options));
  }

  async [ASYNC_DISPOSE]() {
    await this.release();
  }
}

/** What the sessions of one client inherit from: a list makes a hundred at a time, and none needs fields of its own. */
export function prototypeFor(calls) {
  return Object.create(Session.prototype, { [CALLS]: { value: calls } });
}
