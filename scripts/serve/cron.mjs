// The cron trigger, which nothing fires on a developer's machine: each minute, on the minute, as the platform does.

const MINUTE_MS = 60_000;
const CRON = "* * * * *";

/**
 * Fires the Worker's cron trigger each minute. A call that takes longer makes the next ones wait for a later minute.
 *
 * @param {() => import("miniflare").Miniflare | undefined} current the platform at that moment
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

async function fire(mf) {
  if (!mf) return;
  const worker = await mf.getWorker();
  const { outcome } = await worker.scheduled({ cron: CRON });
  if (outcome !== "ok") console.error(`cron: the Worker's answer was \`${outcome}\`.`);
}
