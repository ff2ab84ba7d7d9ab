//! What a JavaScript program imports: `Tidewatch` and `TidewatchError`, as `types.ts` types them.
//!
//! Rust checks arguments and makes the calls. What is behaviour in JavaScript's own terms (classes, an async iterator, the
//! end of a process) is in the `.js` files beside: shorter there, and a session that points to its client is then an object
//! that the garbage collector sees through. Two heaps could not tell that such a circle is garbage.

mod arguments;
mod calls;
mod check;
mod options;
mod signal;
mod snippets;
mod thrown;
mod tidewatch;

use wasm_bindgen::prelude::wasm_bindgen;

pub use tidewatch::Tidewatch;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("../types.ts");
