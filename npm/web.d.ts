export * from "./index.js";

/** What the client's WebAssembly can be made from. */
export type InitSource = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

/**
 * Loads the client's WebAssembly, once; to call it again is harmless. Without an argument it is fetched from beside this file.
 * Where nothing can be fetched from there, such as in a Worker, import `tidewatch/tidewatch_bg.wasm` and hand it over.
 */
export default function init(source?: { module_or_path: InitSource | Promise<InitSource> }): Promise<unknown>;

/** The same at once, from bytes or a compiled module. */
export function initSync(source: { module: BufferSource | WebAssembly.Module }): unknown;
