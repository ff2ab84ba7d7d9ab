// Where WebAssembly is imported like any module, it is there when the import is done: `init` has nothing left to do.

export { Tidewatch, TidewatchError } from "./bundler/tidewatch.js";

export default async function init() {}
