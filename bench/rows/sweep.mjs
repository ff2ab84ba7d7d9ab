// Deadlines among many sessions, on plain workerd before a simulated provider: a thousand are due at once, and what
// they cost must not grow with those that are not.

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
// Longer than a round may take. Twice that, which is from one round of a project to its next, is no multiple of the 4 s
// after which it looks for its browsers: the rounds meet that look at all of its phases.
const ROUND_MS = 6_500;
// Until both services are there and have looked at what they have stored.
const START_MS = 10_000;
const AT_ONCE = 8;
const HOUR_MS = 3_600_000;

/** @returns rows of {what, measured, bar, met} */
export async function measure({ secrets, report }) {
  const crowds = [FEW, MANY].map((sessions) => new Crowd(sessions, secrets));
  try {
    for (const crowd of crowds) {
      report(`storing ${crowd.sessions} sessions`);
      await crowd.store();
    }
    const first = Date.now() + START_MS;
    for (const [n, crowd] of crowds.entries()) crowd.plan(first + n * ROUND_MS, crowds.length * ROUND_MS);
    for (const crowd of crowds) await crowd.open();
    // In turn, so that the machine's noise hits both alike.
    for (let n = 0; n < ROUNDS; n += 1) {
      for (const crowd of crowds) report(`${DUE} due among ${crowd.sessions} took ${await crowd.settle(n)} ms`);
    }
    for (const crowd of crowds) await crowd.watch();
  } finally {
    for (const crowd of crowds) await crowd.close();
  }
  return rows(...crowds);
}

function rows(few, many) {
  const ratio = median(few.took) / median(many.took);
  const punctual = (what, late) => ({
    what: `${what}, 1,000 due at once among 100,000`,
    measured: `${Math.max(...late)} ms late at most (p50 ${quantile(late, 0.5)})`,
    bar: `${LATE_MS_MAX} ms at most`,
    met: Math.min(...late) >= 0 && Math.max(...late) <= LATE_MS_MAX,
  });
  const looked = ({ sessions, waits }) => ({
    what: `GET of one session while the browsers of ${sessions.toLocaleString("en")} are looked for`,
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
    looked(few),
    looked(many),
  ];
}

/** A project with so many live sessions, and a service and a provider of its own. */
class Crowd {
  /** How late ends were written and browsers closed, in ms, and how long each round took as a whole. */
  written = [];
  closed = [];
  took = [];
  /** How long reads took while the browsers were looked for. */
  waits = [];
  #rounds = [];

  constructor(sessions, { TIDEWATCH_SECRET, TIDEWATCH_API_KEY }) {
    this.sessions = sessions;
    this.vars = { TIDEWATCH_SECRET, LIVE_SESSIONS_MAX: "1000000" };
    this.headers = { authorization: `Bearer ${TIDEWATCH_API_KEY}` };
    this.folder = mkdtempSync(join(tmpdir(), "tidewatch-sweep-"));
  }

  /** Stores the sessions that are not due, with a browser each. */
  async store() {
    this.provider = await BrowserRun.start({ idleMs: Infinity });
    await this.#start();
    await this.#ask("POST", "", { timeout: 20 * HOUR_MS });
    await this.#stop();
    this.#store(this.sessions - 1 - ROUNDS * DUE);
  }

  /** Stores those that are due: 1,000 at `first`, and 1,000 more each time after so long. */
  plan(first, everyMs) {
    for (let n = 0; n < ROUNDS; n += 1) {
      const dueAt = first + n * everyMs;
      this.#rounds.push({ dueAt, ...this.#store(DUE, dueAt) });
    }
  }

  async open() {
    await this.#start();
    const { totalCount } = await this.#ask("GET", "?status=live&limit=1");
    if (totalCount !== this.sessions) throw new Error(`${totalCount} sessions are live, and not ${this.sessions}`);
    if (Date.now() > this.#rounds[0].dueAt) throw new Error("the service was not there in time");
  }

  /** Waits until a round is over, and answers how long it took. Nothing is asked of the service before. */
  async settle(round) {
    const { dueAt, browsers, ids } = this.#rounds[round];
    while (browsers.some(({ alive }) => alive) && Date.now() < dueAt + LATE_MS_MAX) await pause(20);
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

  /** Reads one session again and again, while the service looks for its browsers three times. */
  async watch() {
    const end = now() + 12_000;
    while (now() < end) {
      const began = now();
      await this.#ask("GET", `/${this.#rounds[0].ids[0]}`);
      this.waits.push(now() - began);
      await pause(10);
    }
  }

  async close() {
    await this.#stop();
    await this.provider?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start() {
    this.worker = await openWorkerd({ browser: this.provider.url, vars: this.vars, objects: this.folder });
  }

  async #stop() {
    await this.worker?.close();
    this.worker = undefined;
  }

  #ask(method, path, body) {
    return ask(method, `${this.worker.url}/v1/sessions${path}`, { headers: this.headers, body });
  }

  #store(count, dueAt) {
    const stored = new StoredSessions(this.folder);
    const browsers = Array.from({ length: count }, () => this.provider.openBrowser());
    const ids = stored.add(
      browsers.map(({ id }) => id),
      dueAt,
    );
    stored.close();
    return { browsers, ids };
  }
}
