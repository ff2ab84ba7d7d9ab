//! The idempotency keys of one client's creates.

use std::fmt::Write as _;

/// The idempotency keys of one client's creates. All have the same prefix, which no other client has. The prefix names
/// every session of the client, including sessions that are still starting and whose id the client does not know yet.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: String,
}

impl Keys {
    /// The keys of a new client.
    pub(super) fn new(random: [u8; 16]) -> Self {
        Self { prefix: format!("tw-{}-", hexadecimal(random)) }
    }

    /// The prefix of all keys.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A new key.
    pub(super) fn fresh(&self, random: [u8; 16]) -> String {
        format!("{}{}", self.prefix, hexadecimal(random))
    }
}

fn hexadecimal(random: [u8; 16]) -> String {
    let mut text = String::with_capacity(2 * random.len());
    for byte in random {
        // Writing to a `String` never fails.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
