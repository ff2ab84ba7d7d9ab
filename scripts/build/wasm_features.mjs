/** What wasm-opt is told that may be in a wasm: what the compiler uses anyway, and no more, as workerd must read the result. */
export const WASM_FEATURES = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
  "exception-handling",
].map((feature) => `--enable-${feature}`);
