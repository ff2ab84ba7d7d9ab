// The cron trigger. On a developer's machine nothing else fires it. As on the platform: each minute, on the minute.

const MINUTE_MS = 60_000;
const CRON = "* * * * *";

/** @typedef {{scheduled(options: {cron: string}): Promise<{outcome: string}>}} Scheduled */

/**
 * Fires the Worker's cron trigger each minute. A minute is skipped while the call of an earlier one still runs.
 *
 * @param {() => import("miniflare").Miniflare | undefined} current gives the platform of this moment
 */
export function startCron(current) {
  let running = false;
  const next = () => setTimeout(tick, MINUTE_MS - (Date.now() % MINUTE_MS)).unref();
  const tick = async () => {
    next();
    if (running) return console.error("cron: the last minute's call has not ended yet; this one is skipped.");
    running = true;
    try {
      await fire(current());
    } catch (error) {
      console.error("cron:", error);
    } finally {
      running = false;
    }
  };
  next();
}

/** @param {import("miniflare").Miniflare | undefined} mf */
async function fire(mf) {
  if (!mf) return;
  // miniflare's type of a worker is that of a plain fetcher.
  const worker = /** @type {Scheduled} */ (/** @type {unknown} */ (await mf.getWorker()));
  const { outcome } = await worker.scheduled({ cron: CRON });
  if (outcome !== "ok") console.error(`cron: the Worker's answer was \`${outcome}\`.`);
}
