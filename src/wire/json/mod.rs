//! Reading JSON.

mod body;
mod typed;

pub use body::{BODY_BYTES_MAX, InvalidJson, parse_json};
pub use typed::{Unreadable, from_json, from_value};
