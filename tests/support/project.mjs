// One project of the service, and calls with its key.

import { mintKey } from "../../scripts/keys/key.mjs";
import { bearer, expectStatus, send } from "./http.mjs";
import { until } from "./waits.mjs";

/**
 * @import { CreateOptions, ReleaseAllAnswer, SessionData } from "../../src/client/types.ts"
 * @import { Answer, HeaderValues, RequestOptions } from "./http.mjs"
 *
 * @typedef {{sessions: SessionData[], nextCursor: string | null, totalCount: number}} SessionList
 * @typedef {{success: true, message: string, session: SessionData}} Released
 *
 * @typedef {object} Deployment where a project is
 * @property {string} url
 * @property {string} secret
 * @property {(method: string, path: string, options: RequestOptions) => Promise<Answer>} [send] in place of a plain
 *   request to `url`
 */

/** @template {Deployment} [S=Deployment] */
export class ProjectCalls {
  /**
   * @param {S} service
   * @param {string} name
   */
  constructor(service, name) {
    this.service = service;
    this.name = name;
    this.key = mintKey({ secret: service.secret, project: name });
    this.headers = bearer(this.key);
  }

  /**
   * One call.
   *
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} [options]
   * @returns {Promise<Answer>}
   */
  call(method, path, options = {}) {
    const { service } = this;
    const request = { key: this.key, ...options };
    return service.send ? service.send(method, path, request) : send(service.url, method, path, request);
  }

  /**
   * A call that must be answered with this status: its body.
   *
   * @param {number} status
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} [options]
   */
  async expect(status, method, path, options) {
    return expectStatus(await this.call(method, path, options), status).body;
  }

  /**
   * Creates a session; it is live.
   *
   * @param {unknown} [body] `CreateOptions`, or what a test sends in their place
   * @param {HeaderValues} [headers]
   * @returns {Promise<SessionData>}
   */
  live(body, headers) {
    return this.expect(201, "POST", "/v1/sessions", { body, headers });
  }

  /**
   * A session as it is now.
   *
   * @param {string} id
   * @returns {Promise<SessionData>}
   */
  session(id) {
    return this.expect(200, "GET", `/v1/sessions/${id}`);
  }

  /**
   * Waits until a session has ended and its browser is closed; returns the session.
   *
   * @param {string} id
   * @param {number} [withinMs]
   */
  ended(id, withinMs) {
    const ended = async () => {
      const session = await this.session(id);
      return session.status !== "live" && !session.closing && session;
    };
    return until(`session ${id} has ended`, ended, withinMs);
  }
}

/**
 * Calls whose answers a test looks at, whatever they are.
 *
 * @template {Deployment} [S=Deployment]
 * @extends {ProjectCalls<S>}
 */
export class Project extends ProjectCalls {
  /** @param {unknown} [body] @param {HeaderValues} [headers] */
  create(body, headers) {
    return this.call("POST", "/v1/sessions", { body, headers });
  }

  /** @param {string} id */
  get(id) {
    return this.call("GET", `/v1/sessions/${id}`);
  }

  list(query = "") {
    return this.call("GET", `/v1/sessions${query}`);
  }

  /** @param {string} id @param {unknown} body */
  change(id, body) {
    return this.call("PATCH", `/v1/sessions/${id}`, { body });
  }

  /** @param {string} id */
  release(id) {
    return this.call("POST", `/v1/sessions/${id}/release`);
  }

  releaseAll(query = "") {
    return this.call("POST", `/v1/sessions/release${query}`);
  }
}

/**
 * Calls that must succeed: their bodies.
 *
 * @template {Deployment} [S=Deployment]
 * @extends {ProjectCalls<S>}
 */
export class ObligingProject extends ProjectCalls {
  /** @param {CreateOptions} [body] @param {HeaderValues} [headers] */
  create(body, headers) {
    return this.live(body, headers);
  }

  /** @param {string} id */
  get(id) {
    return this.session(id);
  }

  /** @returns {Promise<SessionList>} */
  list(query = "") {
    return this.expect(200, "GET", `/v1/sessions${query}`);
  }

  /** @param {string} id @returns {Promise<Released>} */
  release(id) {
    return this.expect(200, "POST", `/v1/sessions/${id}/release`);
  }

  /** @returns {Promise<ReleaseAllAnswer>} */
  releaseAll(query = "") {
    return this.expect(200, "POST", `/v1/sessions/release${query}`);
  }
}
