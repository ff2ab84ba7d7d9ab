// Deadlines among many sessions, on plain workerd with a simulated provider. A thousand sessions are due at once. Their
// cost must not grow with the number of the others.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { BrowserRun } from "../../tests/browser_run/simulator.mjs";
import { ask, median, now, quantile } from "../measure.mjs";
import { StoredSessions } from "../multiply.mjs";
import { openWorkerd } from "../workerd.mjs";

const FEW = 10_000;
const MANY = 100_000;
const DUE = 1_000;
const ROUNDS = 5;
const LATE_MS_MAX = 5_000;
// Longer than a round may take. From one round of a project to its next it is twice that, which is not a multiple of
// the 4 s after which the service lists the provider's browsers. So the rounds meet all phases of that interval.
const ROUND_MS = 6_500;
// The time for both services to start and to read what they have stored.
const START_MS = 10_000;
const AT_ONCE = 8;
const HOUR_MS = 3_600_000;

/** @typedef {import("../measure.mjs").Row} Row */
/** @typedef {import("../measure.mjs").BenchOptions} BenchOptions */
/** @typedef {import("../workerd.mjs").WorkerdOptions} WorkerdOptions */
/** @typedef {{id: string, alive: boolean, endTime?: number}} SimulatedBrowser */
/** @typedef {{dueAt: number, browsers: SimulatedBrowser[], ids: string[]}} Round */

/**
 * @param {BenchOptions} options
 * @returns {Promise<Row[]>}
 */
export async function measure({ secrets, report }) {
  const [few, many] = [new Crowd(FEW, secrets), new Crowd(MANY, secrets)];
  const crowds = [few, many];
  try {
    for (const crowd of crowds) {
      report(`storing ${crowd.sessions} sessions`);
      await crowd.store();
    }
    const first = Date.now() + START_MS;
    for (const [n, crowd] of crowds.entries()) crowd.plan(first + n * ROUND_MS, crowds.length * ROUND_MS);
    for (const crowd of crowds) await crowd.open();
    // In turns, so that the machine's noise affects both alike.
    for (let n = 0; n < ROUNDS; n += 1) {
      for (const crowd of crowds) report(`${DUE} due among ${crowd.sessions} took ${await crowd.settle(n)} ms`);
    }
    for (const crowd of crowds) await crowd.watch();
  } finally {
    for (const crowd of crowds) await crowd.close();
  }
  return rows(few, many);
}

/**
 * @param {Crowd} few
 * @param {Crowd} many
 * @returns {Row[]}
 */
function rows(few, many) {
  const ratio = median(few.took) / median(many.took);
  const punctual = (/** @type {string} */ what, /** @type {number[]} */ late) => ({
    what: `${what}, 1,000 due at once among 100,000`,
    measured: `${Math.max(...late)} ms late at most (p50 ${quantile(late, 0.5)})`,
    bar: `${LATE_MS_MAX} ms at most`,
    met: Math.min(...late) >= 0 && Math.max(...late) <= LATE_MS_MAX,
  });
  const watched = (/** @type {Crowd} */ { sessions, waits }) => ({
    what: `GET of one session while the browsers of ${sessions.toLocaleString("en")} are listed`,
    measured: `${median(waits).toFixed(1)} ms, ${Math.max(...waits).toFixed(0)} ms at most`,
    bar: "none",
    met: true,
  });
  return [
    punctual("end written", many.written),
    punctual("browser closed", many.closed),
    {
      what: "1,000 due among 10,000 over 1,000 due among 100,000",
      measured: `${ratio.toFixed(2)} (${median(few.took)} ms over ${median(many.took)} ms)`,
      bar: "0.8 at least",
      met: ratio >= 0.8,
    },
    watched(few),
    watched(many),
  ];
}

/** A project with a number of live sessions, and with a service and a provider of its own. */
class Crowd {
  /**
   * How late ends were written, in ms.
   *
   * @type {number[]}
   */
  written = [];
  /**
   * How late browsers were closed, in ms.
   *
   * @type {number[]}
   */
  closed = [];
  /**
   * How long each round took, in ms.
   *
   * @type {number[]}
   */
  took = [];
  /**
   * How long reads took while the provider's browsers were listed, in ms.
   *
   * @type {number[]}
   */
  waits = [];
  /** @type {Round[]} */
  #rounds = [];
  /** @type {BrowserRun | undefined} */
  #provider;
  /** @type {Awaited<ReturnType<typeof openWorkerd>> | undefined} */
  #worker;

  /**
   * @param {number} sessions
   * @param {BenchOptions["secrets"]} secrets
   */
  constructor(sessions, { TIDEWATCH_SECRET, TIDEWATCH_API_KEY }) {
    this.sessions = sessions;
    this.vars = { TIDEWATCH_SECRET, LIVE_SESSIONS_MAX: "1000000" };
    this.headers = { authorization: `Bearer ${TIDEWATCH_API_KEY}` };
    this.folder = mkdtempSync(join(tmpdir(), "tidewatch-sweep-"));
  }

  /** Stores the sessions that are not due, with a browser each. */
  async store() {
    this.#provider = await BrowserRun.start({ idleMs: Infinity });
    await this.#start();
    await this.#ask("POST", "", { timeout: 20 * HOUR_MS });
    await this.#stop();
    this.#store(this.sessions - 1 - ROUNDS * DUE);
  }

  /**
   * Stores the sessions that are due: 1,000 at `first`, and 1,000 more after each `everyMs`.
   *
   * @param {number} first
   * @param {number} everyMs
   */
  plan(first, everyMs) {
    for (let n = 0; n < ROUNDS; n += 1) {
      const dueAt = first + n * everyMs;
      this.#rounds.push({ dueAt, ...this.#store(DUE, dueAt) });
    }
  }

  async open() {
    await this.#start();
    const { totalCount } = await this.#ask("GET", "?status=live&limit=1");
    if (totalCount !== this.sessions) throw new Error(`${totalCount} sessions are live instead of ${this.sessions}`);
    if (Date.now() > this.#round(0).dueAt) throw new Error("the service did not start in time");
  }

  /** @param {number} n */
  #round(n) {
    const round = this.#rounds[n];
    if (!round) throw new Error(`there is no round ${n}`);
    return round;
  }

  /**
   * Waits until a round is over. The service gets no request before. Returns how long the round took, in ms.
   *
   * @param {number} round
   */
  async settle(round) {
    const { dueAt, browsers, ids } = this.#round(round);
    while (browsers.some(({ alive }) => alive) && Date.now() < dueAt + LATE_MS_MAX) await pause(20);
    /** @type {number[]} */
    const written = [];
    const left = ids.values();
    const one = async () => {
      for (const id of left) {
        const { endedAt } = await this.#ask("GET", `/${id}`);
        written.push(endedAt ? Date.parse(endedAt) - dueAt : Infinity);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    const closed = browsers.map(({ endTime = Infinity }) => endTime - dueAt);
    const took = Math.max(...written, ...closed);
    this.written.push(...written);
    this.closed.push(...closed);
    this.took.push(took);
    return took;
  }

  /** Reads one session again and again, while the service lists the provider's browsers three times. */
  async watch() {
    const end = now() + 12_000;
    while (now() < end) {
      const began = now();
      await this.#ask("GET", `/${this.#round(0).ids[0]}`);
      this.waits.push(now() - began);
      await pause(10);
    }
  }

  async close() {
    await this.#stop();
    await this.#provider?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start() {
    this.#worker = await openWorkerd({ browser: this.#started().url, vars: this.vars, objects: this.folder });
  }

  async #stop() {
    await this.#worker?.close();
    this.#worker = undefined;
  }

  #started() {
    if (!this.#provider) throw new Error("the provider has not been started");
    return this.#provider;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  #ask(method, path, body) {
    return ask(method, `${this.#worker?.url}/v1/sessions${path}`, { headers: this.headers, body });
  }

  /**
   * @param {number} count
   * @param {number} [dueAt]
   */
  #store(count, dueAt) {
    const stored = new StoredSessions(this.folder);
    const browsers = Array.from({ length: count }, () => this.#started().openBrowser());
    const ids = stored.add(
      browsers.map(({ id }) => id),
      dueAt,
    );
    stored.close();
    return { browsers, ids };
  }
}
