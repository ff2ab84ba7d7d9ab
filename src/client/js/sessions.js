// `client.sessions`: the calls, with sessions that can be told what to do. The calls themselves are made in Rust.

import { Created } from "./created.js";
import { onExit } from "./exit.js";
import { prototypeFor } from "./session.js";

// Longer than the service takes to store an end, shorter than the patience of those who stop a program.
const EXIT_LIMIT_MS = 5000;

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
    const create = async () => {
      const session = await this.#calls.create(options, call);
      this.#created.add(session);
      return this.#adopt(session);
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
    this.#created.forget(id);
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

  checkLength(ms) {
    this.#calls.checkLength(ms);
  }

  #adopt(session) {
    this.#created.see(session);
    return Object.setPrototypeOf(session, this.#prototype);
  }

  #releaseOnExit() {
    this.#guard ??= onExit({
      isNeeded: () => !this.#created.isEmpty,
      whenPageIsLeft: () => this.#sendReleases(),
      whenProcessEnds: () => this.#releaseCreated(),
    });
    const guard = this.#guard;
    return guard && (() => {
      guard.remove();
      if (this.#guard === guard) this.#guard = undefined;
    });
  }

  // Nobody is left to be told whether they arrive.
  #sendReleases() {
    for (const id of this.#created.take()) this.#calls.sendRelease(id).catch(() => {});
  }

  async #releaseCreated() {
    const deadline = Date.now() + EXIT_LIMIT_MS;
    const release = (id) => this.#calls.release(id, { timeoutMs: Math.max(1, deadline - Date.now()) });
    const started = this.#created.take().map(release);
    // A create whose answer is on its way has a browser already.
    const starting = this.#created.starting.map(async (create) => {
      await create;
      await Promise.all(this.#created.take().map(release));
    });
    let timer;
    const limit = new Promise((resolve) => (timer = setTimeout(resolve, EXIT_LIMIT_MS)));
    await Promise.race([Promise.allSettled([...started, ...starting]), limit]);
    clearTimeout(timer);
  }
}
