// The fake service, in a thread of its own, so that its work is not counted with the client's.

import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";

import { openFakeService } from "../../tests/support/fake_service.mjs";

/**
 * @param {{listed?: number}} [options] how many sessions a list has
 * @returns {Promise<{url: string, close: () => Promise<number>}>}
 */
export async function serveApart(options = {}) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: options });
  const [url] = await once(worker, "message");
  return { url, close: () => worker.terminate() };
}

if (!isMainThread) {
  const { url } = await openFakeService(workerData);
  parentPort?.postMessage(url);
}
