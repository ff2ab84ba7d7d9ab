// `client.sessions`: the calls about sessions. Rust makes the calls; this adds methods to the sessions, follows creates
// and releases sessions at the end of the program.

/** @import {
 * CallOptions, CreateOptions, HttpArchive, ListOptions, PictureOptions, RecordedEventsOptions, ReleaseAllFilter,
 * SessionData, UpdateOptions } from "../types.ts" */
/** @import { Calls } from "./calls.d.ts" */
/** @import { AdoptedSession } from "./session.js" */

import { Created } from "./created.js";
import { onExit } from "./exit.js";
import { prototypeFor } from "./session.js";

// Longer than the service needs to store an end, and shorter than the patience of a person who stops a program.
const EXIT_LIMIT_MS = 5000;
// After these errors a browser may exist.
const UNCERTAIN = ["aborted", "timeout", "connection_failed", "invalid_response"];

/**
 * Releases a client's sessions at the end of the program. Set by `Sessions`, which has the private parts.
 *
 * @type {(sessions: Sessions) => (() => void) | undefined}
 */
export let releaseOnExit;

export class Sessions {
  #calls;
  #created = new Created();
  #prototype = prototypeFor(this);
  /** @type {ReturnType<typeof onExit>} */
  #guard;

  static {
    releaseOnExit = (sessions) => sessions.#releaseOnExit();
  }

  /** @param {Calls} calls */
  constructor(calls) {
    this.#calls = calls;
  }

  /**
   * @param {CreateOptions} [options]
   * @param {CallOptions} [call]
   */
  create(options, call) {
    const key = this.#calls.freshKey();
    // A caller that names the session can find it, and the session may exist already.
    const isOnlyOurs = !call?.signal?.aborted && !options?.sessionId;
    const create = async () => {
      try {
        const session = await this.#calls.create(options, call, key);
        this.#created.add(session);
        return this.#adopt(session);
      } catch (error) {
        if (isOnlyOurs && isUncertain(error)) this.#created.follow(this.#takeBack(key));
        throw error;
      }
    };
    return this.#created.follow(create());
  }

  /**
   * @param {string} id
   * @param {CallOptions} [call]
   */
  async retrieve(id, call) {
    return this.#adopt(await this.#calls.retrieve(id, call));
  }

  /**
   * @param {ListOptions} [options]
   * @param {CallOptions} [call]
   */
  async list(options, call) {
    const { sessions, nextCursor, totalCount } = await this.#calls.list(options, call);
    const adopted = /** @type {AdoptedSession[]} */ (sessions);
    for (const session of sessions) this.#adopt(session);
    Object.defineProperties(adopted, { nextCursor: { value: nextCursor }, totalCount: { value: totalCount } });
    return /** @type {AdoptedSession[] & {readonly nextCursor: string | null, readonly totalCount: number}} */ (
      adopted
    );
  }

  /**
   * @param {ListOptions} [options]
   * @param {CallOptions} [call]
   */
  async *iterate(options, call) {
    let page = await this.list(options, call);
    yield* page;
    while (page.nextCursor !== null) {
      page = await this.list({ ...options, cursorId: page.nextCursor }, call);
      yield* page;
    }
  }

  /**
   * @param {string} id
   * @param {UpdateOptions} changes
   * @param {CallOptions} [call]
   */
  async update(id, changes, call) {
    return this.#adopt(await this.#calls.update(id, changes, call));
  }

  /**
   * @param {string} id
   * @param {CallOptions} [call]
   */
  async release(id, call) {
    const answer = await this.#calls.release(id, call);
    this.#adopt(answer.session);
    return answer;
  }

  /**
   * @param {ReleaseAllFilter} [filter]
   * @param {CallOptions} [call]
   */
  async releaseAll(filter, call) {
    const answer = await this.#calls.releaseAll(filter, call);
    for (const { id, outcome } of answer.results) {
      if (outcome !== "would_release") this.#created.remove(id);
    }
    return answer;
  }

  /**
   * @param {string} id
   * @param {CallOptions} [call]
   */
  async liveDetails(id, call) {
    return this.#calls.liveDetails(id, call);
  }

  /**
   * @param {string} id
   * @param {PictureOptions} [options]
   */
  async picture(id, options) {
    return new Blob([await this.#calls.picture(id, options)], { type: "image/jpeg" });
  }

  /**
   * @param {string} id
   * @param {RecordedEventsOptions} [options]
   * @param {CallOptions} [call]
   */
  async events(id, options, call) {
    const events = await this.#calls.recorded(id, options, call, false);
    const { nextCursor = null } = events;
    delete events.nextCursor;
    return { events, nextCursor };
  }

  /**
   * @param {string} id
   * @param {CallOptions} [call]
   * @returns {Promise<HttpArchive>}
   */
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

  /** @param {number} ms */
  checkLength(ms) {
    this.#calls.checkLength(ms);
  }

  /**
   * Adds the methods of a session to the service's data.
   *
   * @param {SessionData} session
   * @returns {AdoptedSession}
   */
  #adopt(session) {
    this.#created.update(session);
    return Object.setPrototypeOf(session, this.#prototype);
  }

  /**
   * Releases the session of a create whose caller has given up.
   *
   * @param {string} key
   */
  async #takeBack(key) {
    try {
      await this.#calls.releaseCreated(key, { timeoutMs: EXIT_LIMIT_MS });
    } catch {
      // The caller has an error already, and the session ends with its timeout.
    }
  }

  #releaseOnExit() {
    this.#guard ??= onExit({
      isNeeded: () => !this.#created.isEmpty,
      whenPageIsLeft: () => this.#sendRelease(),
      whenProcessEnds: () => this.#releaseCreated(),
    });
    const guard = this.#guard;
    if (!guard) return undefined;
    return () => {
      guard.remove();
      if (this.#guard === guard) this.#guard = undefined;
    };
  }

  // One request for all sessions: a browser that closes may send only the first of several. Nothing can wait for its
  // answer.
  #sendRelease() {
    if (this.#created.isEmpty) return;
    this.#created.removeAll();
    this.#calls.sendReleaseCreated().catch(() => {});
  }

  async #releaseCreated() {
    if (this.#created.isEmpty) return;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const limit = new Promise((resolve) => {
      timer = setTimeout(resolve, EXIT_LIMIT_MS);
    });
    await Promise.race([this.#releaseBefore(Date.now() + EXIT_LIMIT_MS).catch(() => {}), limit]);
    clearTimeout(timer);
  }

  /** @param {number} deadline in milliseconds since the epoch */
  async #releaseBefore(deadline) {
    const release = () => this.#calls.releaseCreated(undefined, { timeoutMs: Math.max(1, deadline - Date.now()) });
    const { starting } = this.#created;
    this.#created.removeAll();
    await release();
    await Promise.allSettled(starting);
    // A create that ended after the release has brought another session.
    if (!this.#created.isEmpty) await release();
  }
}

/** @param {unknown} error */
function isUncertain(error) {
  return error instanceof Error && "code" in error && UNCERTAIN.includes(String(error.code));
}
