// One browser: its tabs, its sockets, and how long it may be idle. There is no Chrome behind it.

import { randomUUID } from "node:crypto";

/**
 * @import { WebSocket } from "ws"
 * @import { Connection } from "./sockets.mjs"
 *
 * @typedef {{id: string, url: string, title: string}} Target
 * @typedef {keyof typeof CLOSE_REASONS} CloseReason
 */

const SIZE_AT_FIRST = { width: 1200, height: 800 };

/**
 * Why a browser ended, as the history tells it. The names are those of Browser Run's close reasons; it documents only
 * the numbers 1 and 2, so a test must not rely on the others.
 */
export const CLOSE_REASONS = {
  NormalClosure: 1,
  BrowserIdle: 2,
  ChromiumCrashed: 3,
  ConnectionError: 4,
  SessionEvicted: 5,
};

export class Browser {
  id = randomUUID();
  /** A test may take it out of the list although it runs. */
  listed = true;
  window = { ...SIZE_AT_FIRST };
  targets = [newTarget("about:blank")];
  /**
   * WebSockets of its clients; `path` says whether one leads to the browser or to a page. @type {Set<WebSocket &
   * Connection>}
   */
  sockets = new Set();
  /** How the last socket was closed. @type {{code: number, reason: string} | undefined} */
  lastClose;
  /** Whether a close was asked for that takes its time. */
  closing = false;
  /** @type {number | undefined} */
  endTime;
  /** @type {CloseReason | undefined} */
  closeReason;

  /**
   * @param {number} now
   * @param {number} idleMs
   */
  constructor(now, idleMs) {
    this.startTime = now;
    this.idleMs = idleMs;
    this.commandAt = now;
  }

  get alive() {
    return this.endTime === undefined;
  }

  /** When it has been idle for too long. Only commands count, over whatever socket they come. */
  get idleAt() {
    return this.commandAt + this.idleMs;
  }

  /**
   * Ends it, without a closing handshake on its sockets, as Chrome does.
   *
   * @param {CloseReason} closeReason
   * @param {number} now
   */
  end(closeReason, now) {
    this.endTime = now;
    this.closeReason = closeReason;
    for (const socket of this.sockets) socket.terminate();
  }

  /** @param {string} [id] */
  findTarget(id) {
    return this.targets.find((target) => target.id === id);
  }

  /** @param {string} url */
  openTarget(url) {
    const target = newTarget(url);
    this.targets.push(target);
    return target;
  }

  /** @param {Target} target */
  closeTarget(target) {
    this.targets.splice(this.targets.indexOf(target), 1);
  }

  /** It among those that run. */
  get entry() {
    const { id: sessionId, startTime } = this;
    const [socket] = this.sockets;
    const connection = socket && { connectionId: socket.connectionId, connectionStartTime: socket.connectionStartTime };
    return { sessionId, startTime, ...connection };
  }

  /** It in the history. */
  get record() {
    const { id: sessionId, startTime, endTime, closeReason } = this;
    if (!endTime || !closeReason) return { sessionId, startTime };
    return { sessionId, startTime, endTime, closeReason: CLOSE_REASONS[closeReason], closeReasonText: closeReason };
  }
}

/**
 * @param {string} url
 * @returns {Target}
 */
const newTarget = (url) => ({ id: randomUUID().replaceAll("-", "").toUpperCase(), url, title: `At ${url}` });
