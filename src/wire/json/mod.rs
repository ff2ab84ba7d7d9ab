//! Reading JSON.

mod body;
mod read;

pub use body::{BODY_BYTES_MAX, InvalidJson, parse_json};
pub use read::{UnexpectedJson, from_json};
