// One browser: its tabs, its sockets, and how long it may be idle. There is no Chrome behind it.

import { randomUUID } from "node:crypto";

const SIZE_AT_FIRST = { width: 1200, height: 800 };

/**
 * Why a browser ended, as the history tells it. The names are those of Browser Run's close reasons; it documents the
 * numbers 1 and 2 alone, so nobody may rely on the others.
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
  /** WebSockets of its clients; `path` tells whether one leads to the browser or to a page. */
  sockets = new Set();
  /** How the last socket was closed: `{code, reason}`. */
  lastClose;
  /** Whether a close was asked for that takes its time. */
  closing = false;
  endTime;
  closeReason;

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

  /** It is gone, and says no goodbye on its sockets: nor does Chrome. */
  end(closeReason, now) {
    this.endTime = now;
    this.closeReason = closeReason;
    for (const socket of this.sockets) socket.terminate();
  }

  findTarget(id) {
    return this.targets.find((target) => target.id === id);
  }

  openTarget(url) {
    const target = newTarget(url);
    this.targets.push(target);
    return target;
  }

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
    if (this.alive) return { sessionId, startTime };
    return { sessionId, startTime, endTime, closeReason: CLOSE_REASONS[closeReason], closeReasonText: closeReason };
  }
}

const newTarget = (url) => ({ id: randomUUID().replaceAll("-", "").toUpperCase(), url, title: `At ${url}` });
