// For hosts that import WebAssembly like any module. It is loaded when the import is done, so `init` does nothing.

export { Tidewatch, TidewatchError } from "./bundler/tidewatch.js";

export default async function init() {}
