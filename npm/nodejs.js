// Node has loaded the WebAssembly when the import is done. `init` is here so that the same program runs everywhere.

export { Tidewatch, TidewatchError } from "./nodejs/tidewatch.js";

export default async function init() {}
