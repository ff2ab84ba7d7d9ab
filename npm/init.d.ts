/**
 * Loads the client's WebAssembly, once. Further calls do nothing. In Node the import has loaded it already; a program
 * that also runs elsewhere calls `init` in any case.
 */
export default function init(): Promise<unknown>;
