/**
 * The features of WebAssembly that wasm-opt may use: those that the compiler uses, and no others. The runtimes must be
 * able to read the result.
 */
export const WASM_FEATURES = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
  "exception-handling",
].map((feature) => `--enable-${feature}`);
