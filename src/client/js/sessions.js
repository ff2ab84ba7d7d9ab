// `client.sessions`: the calls, with sessions that can be told what to do. The calls themselves are made in Rust.

import { Created } from "./created.js";
import { onExit } from "./exit.js";
import { prototypeFor } from "./session.js";

// Longer than the service takes to store an end, shorter than the patience of those who stop a program.
const EXIT_LIMIT_MS = 5000;
// After these nobody knows whether there is a browser.
const UNCERTAIN = ["aborted", "timeout", "connection_failed", "invalid_response"];

export let releaseOnExit;

export class Sessions {
  #calls;
  #created = new Created();
  #prototype = prototypeFor(this);
  #guard;

  static {
    releaseOnExit = (sessions) => sessions.#releaseOnExit();
  }

  constructor(calls) {
    this.#calls = calls;
  }

  create(options, call) {
    const key = this.#calls.freshKey();
    // Whoever names the session knows how to find it, and it may be there already.
    const isOnlyOurs = !call?.signal?.aborted && !options?.sessionId;
    const create = async () => {
      try {
        const session = await this.#calls.create(options, call, key);
        this.#created.add(session);
        return this.#adopt(session);
      } catch (error) {
        if (isOnlyOurs && UNCERTAIN.includes(error.code)) this.#created.follow(this.#takeBack(key));
        throw error;
      }
    };
    return this.#created.follow(create());
  }

  async retrieve(id, call) {
    return this.#adopt(await this.#calls.retrieve(id, call));
  }

  async list(options, call) {
    const { sessions, nextCursor, totalCount } = await this.#calls.list(options, call);
    for (const session of sessions) this.#adopt(session);
    return Object.defineProperties(sessions, { nextCursor: { value: nextCursor }, totalCount: { value: totalCount } });
  }

  async *iterate(options, call) {
    let page = await this.list(options, call);
    yield* page;
    while (page.nextCursor !== null) {
      page = await this.list({ ...options, cursorId: page.nextCursor }, call);
      yield* page;
    }
  }

  async update(id, changes, call) {
    return this.#adopt(await this.#calls.update(id, changes, call));
  }

  async release(id, call) {
    const answer = await this.#calls.release(id, call);
    this.#adopt(answer.session);
    return answer;
  }

  async releaseAll(filter, call) {
    const answer = await this.#calls.releaseAll(filter, call);
    for (const { id, outcome } of answer.results) {
      if (outcome !== "would_release") this.#created.forget(id);
    }
    return answer;
  }

  async liveDetails(id, call) {
    return this.#calls.liveDetails(id, call);
  }

  async picture(id, options) {
    return new Blob([await this.#calls.picture(id, options)], { type: "image/jpeg" });
  }

  async events(id, options, call) {
    const events = await this.#calls.recorded(id, options, call, false);
    const { nextCursor = null } = events;
    delete events.nextCursor;
    return { events, nextCursor };
  }

  async har(id, call) {
    let part = await this.#calls.recorded(id, undefined, call, true);
    const { log } = part;
    while (part.nextCursor !== undefined) {
      part = await this.#calls.recorded(id, { pointer: part.nextCursor }, call, true);
      log.pages.push(...part.log.pages);
      log.entries.push(...part.log.entries);
    }
    return { log };
  }

  checkLength(ms) {
    this.#calls.checkLength(ms);
  }

  #adopt(session) {
    this.#created.see(session);
    return Object.setPrototypeOf(session, this.#prototype);
  }

  // Whoever gave up a create gets no browser of it.
  async #takeBack(key) {
    try {
      await this.#calls.releaseCreated(key, { timeoutMs: EXIT_LIMIT_MS });
    } catch {
      // The caller has an error already, and the session its timeout.
    }
  }

  #releaseOnExit() {
    this.#guard ??= onExit({
      isNeeded: () => !this.#created.isEmpty,
      whenPageIsLeft: () => this.#sendRelease(),
      whenProcessEnds: () => this.#releaseCreated(),
    });
    const guard = this.#guard;
    return (
      guard &&
      (() => {
        guard.remove();
        if (this.#guard === guard) this.#guard = undefined;
      })
    );
  }

  // One request for all: of several, a browser that is closing may send the first alone. Nobody is left to be told
  // whether it arrives.
  #sendRelease() {
    if (this.#created.isEmpty) return;
    this.#created.forgetAll();
    this.#calls.sendReleaseCreated().catch(() => {});
  }

  async #releaseCreated() {
    if (this.#created.isEmpty) return;
    const deadline = Date.now() + EXIT_LIMIT_MS;
    const release = () => this.#calls.releaseCreated(undefined, { timeoutMs: Math.max(1, deadline - Date.now()) });
    const { starting } = this.#created;
    const releases = async () => {
      this.#created.forgetAll();
      await release();
      await Promise.allSettled(starting);
      // A create that came after the release has brought a browser.
      if (!this.#created.isEmpty) await release();
    };
    let timer;
    const limit = new Promise((resolve) => (timer = setTimeout(resolve, EXIT_LIMIT_MS)));
    await Promise.race([releases().catch(() => {}), limit]);
    clearTimeout(timer);
  }
}
