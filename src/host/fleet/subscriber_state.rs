//! What an instance of a fleet's object remembers about its subscribers.

use std::cell::Cell;

/// What this instance of the object knows of its subscribers.
pub(super) struct SubscriberState {
    /// Whether there may be any: those of an earlier instance are still there.
    pub(super) maybe_any: Cell<bool>,
    /// The event up to which all have been sent everything, as far as this instance knows.
    pub(super) sent_up_to: Cell<Option<i64>>,
}

impl Default for SubscriberState {
    fn default() -> Self {
        Self { maybe_any: Cell::new(true), sent_up_to: Cell::new(None) }
    }
}
