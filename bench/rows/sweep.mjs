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
// Longer than a round may take, and no multiple of the 4 s after which a fleet looks for its browsers: the rounds meet
// that look at all of its phases.
const ROUND_MS = 9_000;
// Until the service is there and has looked at what it has stored.
const START_MS = 8_000;
const AT_ONCE = 8;
const HOUR_MS = 3_600_000;

/** @returns rows of {what, measured, bar, met} */
export async function measure({ secrets, report }) {
  const few = await sweep(FEW, { secrets, report });
  const many = await sweep(MANY, { secrets, report });
  const ratio = median(few.took) / median(many.took);
  const worst = (late) => Math.max(...late);
  const punctual = (what, { late }) => ({
    what: `${what}, 1,000 due at once among 100,000`,
    measured: `${worst(late)} ms late at most (p50 ${quantile(late, 0.5)})`,
    bar: `${LATE_MS_MAX} ms at most`,
    met: Math.min(...late) >= 0 && worst(late) <= LATE_MS_MAX,
  });
  return [
    punctual("end written", { late: many.written }),
    punctual("browser closed", { late: many.closed }),
    {
      what: "1,000 due among 10,000 over 1,000 due among 100,000",
      measured: `${ratio.toFixed(2)} (${median(few.took)} ms over ${median(many.took)} ms)`,
      bar: "0.8 at least",
      met: ratio >= 0.8,
    },
    ...[few, many].map(({ waits, sessions }) => ({
      what: `GET of one session while ${sessions} are compared with the provider's list`,
      measured: `${median(waits).toFixed(1)} ms, and ${Math.max(...waits).toFixed(0)} ms at most`,
      bar: "none",
      met: true,
    })),
  ];
}

/** A project with so many sessions, of which 1,000 are due in each of several rounds. */
async function sweep(sessions, { secrets, report }) {
  const folder = mkdtempSync(join(tmpdir(), "tidewatch-sweep-"));
  const provider = await BrowserRun.start({ idleMs: Infinity });
  const vars = { TIDEWATCH_SECRET: secrets.TIDEWATCH_SECRET, LIVE_SESSIONS_MAX: "1000000" };
  const open = () => openWorkerd({ browser: provider.url, vars, objects: folder });
  const headers = { authorization: `Bearer ${secrets.TIDEWATCH_API_KEY}` };
  let worker = await open();
  try {
    await ask("POST", `${worker.url}/v1/sessions`, { headers, body: { timeout: 20 * HOUR_MS } });
    await worker.close();
    report(`writing ${sessions} sessions`);
    const rounds = fill(folder, provider, sessions);
    worker = await open();
    const call = { url: worker.url, headers };
    const { totalCount } = await ask("GET", `${call.url}/v1/sessions?status=live&limit=1`, { headers });
    if (Date.now() > rounds[0].dueAt) throw new Error("the service was not there in time");
    if (totalCount !== sessions + 1) throw new Error(`${totalCount} sessions are live, and not ${sessions + 1}`);
    const lateness = [];
    for (const round of rounds) lateness.push(await settle(round, call, report));
    const waits = await watch(call, rounds[0].ids[0]);
    return { sessions: sessions.toLocaleString("en"), waits, ...together(lateness) };
  } finally {
    await worker.close();
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the sessions, with a browser each, and answers which are due when. */
function fill(folder, provider, sessions) {
  const stored = new StoredSessions(folder);
  const browsers = (count) => Array.from({ length: count }, () => provider.openBrowser());
  const ids = (opened) => opened.map(({ id }) => id);
  stored.add(ids(browsers(sessions - ROUNDS * DUE)));
  const first = Date.now() + START_MS;
  const rounds = Array.from({ length: ROUNDS }, (_, n) => {
    const [dueAt, due] = [first + n * ROUND_MS, browsers(DUE)];
    return { dueAt, browsers: due, ids: stored.add(ids(due), dueAt) };
  });
  stored.close();
  return rounds;
}

/** Waits until all of a round are closed, and answers how late they were. Nothing is asked of the service meanwhile. */
async function settle({ dueAt, browsers, ids }, { url, headers }, report) {
  while (browsers.some(({ alive }) => alive) && Date.now() < dueAt + ROUND_MS) await pause(20);
  const written = [];
  const left = ids.values();
  const one = async () => {
    for (const id of left) {
      const { endedAt, expiresAt } = await ask("GET", `${url}/v1/sessions/${id}`, { headers });
      if (Date.parse(expiresAt) !== dueAt) throw new Error(`${id} is due at ${expiresAt}`);
      written.push(endedAt ? Date.parse(endedAt) - dueAt : Infinity);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  const closed = browsers.map(({ endTime = Infinity }) => endTime - dueAt);
  const took = Math.max(...written, ...closed);
  report(`1,000 due took ${took} ms`);
  return { written, closed, took };
}

const together = (rounds) => ({
  written: rounds.flatMap(({ written }) => written),
  closed: rounds.flatMap(({ closed }) => closed),
  took: rounds.map(({ took }) => took),
});

/** How long single reads take while the fleet looks for its browsers three times. */
async function watch({ url, headers }, id) {
  const waits = [];
  const end = now() + 12_000;
  while (now() < end) {
    const began = now();
    await ask("GET", `${url}/v1/sessions/${id}`, { headers });
    waits.push(now() - began);
    await pause(10);
  }
  return waits;
}
