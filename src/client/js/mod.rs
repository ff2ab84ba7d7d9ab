//! What a JavaScript program imports: `Tidewatch` and `TidewatchError`, as `types.ts` types them.
//!
//! Rust checks the arguments and makes the calls. The `.js` files hold what JavaScript does better: classes, an async
//! iterator, the end of a process. A session object points to its client: as JavaScript objects, the garbage collector
//! can free such a circle. It could not if one of them lived in WebAssembly.

mod arguments;
mod calls;
mod check;
mod options;
mod sessions;
mod signal;
mod snippets;
mod thrown;
mod tidewatch;

use wasm_bindgen::prelude::wasm_bindgen;

pub use tidewatch::Tidewatch;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("../types.ts");
