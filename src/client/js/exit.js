// The end of the program, where it can be told: a page that is left, a process that ends.

const SIGNALS = ["SIGINT", "SIGTERM"];

// Of all clients of this process, so that the one who is done last lets it end.
const guards = new Set();
let ending;

/**
 * Calls `whenPageIsLeft` or `whenProcessEnds` at the end of the program.
 *
 * @returns {{remove: () => void} | undefined} nothing where nobody tells of the end
 */
export function onExit(guard) {
  const removals = [];
  if (typeof document === "object" && typeof addEventListener === "function") {
    const listener = () => guard.whenPageIsLeft();
    addEventListener("pagehide", listener);
    removals.push(() => removeEventListener("pagehide", listener));
  }
  if (typeof process === "object" && typeof process.listeners === "function") {
    if (guards.size === 0) listen();
    guards.add(guard);
    removals.push(() => guards.delete(guard) && guards.size === 0 && unlisten());
  }
  if (removals.length === 0) return undefined;
  return { remove: () => removals.splice(0).forEach((remove) => remove()) };
}

function listen() {
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on("beforeExit", onWorkDone);
  process.on("uncaughtException", onUncaught);
}

function unlisten() {
  for (const signal of SIGNALS) process.off(signal, onSignal);
  process.off("beforeExit", onWorkDone);
  process.off("uncaughtException", onUncaught);
}

function release() {
  ending ??= Promise.all([...guards].map((guard) => guard.whenProcessEnds())).finally(() => (ending = undefined));
  return ending;
}

async function onSignal(signal) {
  // Who asks twice does not want to wait.
  if (!ending) await release();
  // Others that listen to it have decided themselves how the process goes on.
  if (process.listeners(signal).some((listener) => listener !== onSignal)) return;
  unlisten();
  process.kill(process.pid, signal);
}

function onWorkDone() {
  if ([...guards].some((guard) => guard.isNeeded())) release();
}

async function onUncaught(error) {
  // With another listener the process goes on. And the first error is the one to be told.
  if (ending || process.listenerCount("uncaughtException") > 1) return;
  await release();
  unlisten();
  // Outside of any promise: Node prints it and ends with its own code.
  setImmediate(() => {
    throw error;
  });
}
