/**
 * Loads the client's WebAssembly, once; to call it again is harmless. In Node the import has done so already, and a program
 * that also runs elsewhere calls it all the same.
 */
export default function init(): Promise<unknown>;
