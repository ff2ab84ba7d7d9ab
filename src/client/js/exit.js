// Detects the end of the program: a page that is left, or a process that ends.

/**
 * @typedef {object} Guard
 * @property {() => boolean} isNeeded whether there is work left for the end of the program
 * @property {() => void} whenPageIsLeft
 * @property {() => Promise<void>} whenProcessEnds
 */

/** @type {NodeJS.Signals[]} */
const SIGNALS = ["SIGINT", "SIGTERM"];

/** The guards of all clients in this process: it ends after the last one is done. @type {Set<Guard>} */
const guards = new Set();
/** @type {Promise<unknown> | undefined} */
let ending;

/**
 * Calls `whenPageIsLeft` or `whenProcessEnds` at the end of the program.
 *
 * @param {Guard} guard
 * @returns {{remove: () => void} | undefined} undefined if nothing here reports the end of the program
 */
export function onExit(guard) {
  /** @type {(() => void)[]} */
  const removals = [];
  if (typeof document === "object" && typeof addEventListener === "function") {
    const listener = () => guard.whenPageIsLeft();
    addEventListener("pagehide", listener);
    removals.push(() => removeEventListener("pagehide", listener));
  }
  if (typeof process === "object" && typeof process.listeners === "function") {
    if (guards.size === 0) subscribe();
    guards.add(guard);
    removals.push(() => {
      if (guards.delete(guard) && guards.size === 0) unsubscribe();
    });
  }
  if (removals.length === 0) return undefined;
  const remove = () => {
    for (const each of removals.splice(0)) each();
  };
  return { remove };
}

function subscribe() {
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on("beforeExit", onWorkDone);
  process.on("uncaughtException", onUncaught);
}

function unsubscribe() {
  for (const signal of SIGNALS) process.off(signal, onSignal);
  process.off("beforeExit", onWorkDone);
  process.off("uncaughtException", onUncaught);
}

function release() {
  ending ??= Promise.all([...guards].map((guard) => guard.whenProcessEnds())).finally(() => {
    ending = undefined;
  });
  return ending;
}

/** @param {NodeJS.Signals} signal */
async function onSignal(signal) {
  // A second signal does not wait.
  if (!ending) await release();
  // Other listeners decide what the signal does.
  if (process.listeners(signal).some((listener) => listener !== onSignal)) return;
  unsubscribe();
  process.kill(process.pid, signal);
}

function onWorkDone() {
  if ([...guards].some((guard) => guard.isNeeded())) release();
}

/** @param {unknown} error */
async function onUncaught(error) {
  // With another listener the process continues. During the release only the first error is reported.
  if (ending || process.listenerCount("uncaughtException") > 1) return;
  await release();
  unsubscribe();
  // Outside of any promise, so that Node prints the error and ends with its own exit code.
  setImmediate(() => {
    throw error;
  });
}
