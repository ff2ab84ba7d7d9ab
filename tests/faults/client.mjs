// A tenant's calls, each noted with its answer, or with how it broke.

import { mintKey } from "../../scripts/keys/key.mjs";
import { see } from "./history.mjs";

/**
 * @import { CreateOptions, SessionData } from "../../src/client/types.ts"
 * @import { Call, History } from "./history.mjs"
 */

// A start may take a minute (API: `startup_failed` after 60 s).
const CREATE_WITHIN_MS = 70_000;
const ANSWER_WITHIN_MS = 20_000;

export class Client {
  /**
   * @param {{url: string, secret: string, project: string, history: History, who: string}} options
   */
  constructor({ url, secret, project, history, who }) {
    this.url = url;
    this.history = history;
    this.project = project;
    this.who = who;
    this.headers = { authorization: `Bearer ${mintKey({ secret, project })}` };
  }

  /**
   * `key` as the header says it, or as the caller's own id: what makes it safe to repeat.
   *
   * @param {CreateOptions & {key?: string}} request
   */
  create({ key, ...body }) {
    return this.#call({ what: "create", key: key ?? body.sessionId, timeout: body.timeout }, "POST", "/v1/sessions", {
      body,
      headers: key ? { "idempotency-key": key } : {},
      withinMs: CREATE_WITHIN_MS,
    });
  }

  /** @param {string} id */
  get(id) {
    return this.#call({ what: "get", id }, "GET", `/v1/sessions/${id}`);
  }

  /** @param {string} query */
  list(query) {
    return this.#call({ what: "list" }, "GET", `/v1/sessions?${query}`);
  }

  /**
   * @param {string} id
   * @param {number} timeout
   */
  change(id, timeout) {
    return this.#call({ what: "change", id, timeout }, "PATCH", `/v1/sessions/${id}`, { body: { timeout } });
  }

  /** @param {string} id */
  release(id) {
    return this.#call({ what: "release", id }, "POST", `/v1/sessions/${id}/release`);
  }

  /**
   * The noted call; `body` is with it for as long as the caller holds it, `call` is what stays in the history.
   *
   * @param {Pick<Call, "what" | "id" | "key" | "timeout">} noted
   * @param {string} method
   * @param {string} path
   * @param {{body?: object, headers?: Record<string, string>, withinMs?: number}} [options]
   * @returns {Promise<Call & {body?: any}>}
   */
  async #call(noted, method, path, { body, headers, withinMs = ANSWER_WITHIN_MS } = {}) {
    const call = this.history.begin({ project: this.project, who: this.who, ...noted });
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: { ...this.headers, ...(body && { "content-type": "application/json" }), ...headers },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(withinMs),
      });
      const answer = read(await response.text());
      const { status } = response;
      this.history.end(call, { status, ...(answer.code && { code: answer.code }), seen: shown(answer) });
      return { ...call, body: answer };
    } catch (thrown) {
      const error = /** @type {Error & {cause?: NodeJS.ErrnoException}} */ (thrown);
      return this.history.end(call, { error: error.cause?.code ?? error.cause?.message ?? error.name });
    }
  }
}

// The runtime's own errors are bare text.
/** @param {string} text */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { code: "no_json" };
  }
}

/** @param {any} answer a body, of whatever shape */
function shown(answer) {
  const views = answer.sessions ?? [answer.session ?? answer];
  return views.filter((/** @type {SessionData} */ { id, createdAt }) => id && createdAt).map(see);
}
