export * from "./index.js";

/** The sources from which the client's WebAssembly can be loaded. */
export type InitSource = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

/**
 * Loads the client's WebAssembly, once. Further calls do nothing. Without an argument it is fetched from beside this
 * file. Where that is not possible, for example in a Worker, import `tidewatch/tidewatch_bg.wasm` and pass it.
 */
export default function init(source?: { module_or_path: InitSource | Promise<InitSource> }): Promise<unknown>;

/** Loads it synchronously, from bytes or a compiled module. */
export function initSync(source: { module: BufferSource | WebAssembly.Module }): unknown;
