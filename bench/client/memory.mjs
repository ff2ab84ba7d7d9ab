// The memory that ended sessions leave behind: `memory.mjs PACKAGE COUNT COUNT`, in a process of its own with
// --expose-gc. Prints as JSON the bytes in use after each count of creates and releases.

import { setImmediate as turn } from "node:timers/promises";

import { serveApart } from "./served.mjs";

const AT_ONCE = 10;
const [entry = "", ...counts] = process.argv.slice(2);

/** @type {WebAssembly.Memory | undefined} */
let memory;
WebAssembly.Instance = class extends WebAssembly.Instance {
  /**
   * @param {WebAssembly.Module} module
   * @param {WebAssembly.Imports} [imports]
   */
  constructor(module, imports) {
    super(module, imports);
    if (this.exports.memory instanceof WebAssembly.Memory) memory = this.exports.memory;
  }
};

const service = await serveApart();
const { default: init, Tidewatch } = await import(entry);
await init();
const client = new Tidewatch({ baseUrl: service.url, apiKey: "tw_key" });
client.releaseOnExit();

let done = 0;
async function live() {
  const session = await client.sessions.create({ timeout: 60_000, owner: "bench" });
  await session.release();
}

async function inUse() {
  // Finalizers run some turns after the collection.
  for (let i = 0; i < 20; i++) {
    globalThis.gc?.();
    await turn();
  }
  return { heap: process.memoryUsage().heapUsed, wasm: memory?.buffer.byteLength ?? NaN };
}

const readings = [];
for (const count of counts.map(Number)) {
  for (; done < count; done += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, live));
  readings.push(await inUse());
}
console.log(JSON.stringify(readings));
process.exit();
