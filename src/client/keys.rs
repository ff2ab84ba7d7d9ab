//! The `Idempotency-Key`s of one client's creates.

use std::fmt::Write as _;

/// The `Idempotency-Key`s of one client's creates. All begin alike, and unlike those of any other client, so that all that
/// it has created can be named at once: what is still starting, too, whose id nobody knows yet.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: String,
}

impl Keys {
    /// Those of a new client.
    pub(super) fn new(random: [u8; 16]) -> Self {
        Self { prefix: format!("tw-{}-", hexadecimal(random)) }
    }

    /// How all of them begin.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// One that no create has had.
    pub(super) fn fresh(&self, random: [u8; 16]) -> String {
        format!("{}{}", self.prefix, hexadecimal(random))
    }
}

fn hexadecimal(random: [u8; 16]) -> String {
    let mut text = String::with_capacity(2 * random.len());
    for byte in random {
        // A text takes all that is written to it.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
