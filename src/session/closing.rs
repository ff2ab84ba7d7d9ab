//! A browser that must be closed, and the pauses between the attempts.

use serde::{Deserialize, Serialize};

use super::{BrowserId, Millis, Timestamp};

/// The longest pause between attempts. Pauses double, from 1 s.
const CLOSE_BACKOFF_MAX: Millis = Millis::from_secs(300);

/// A browser that must be closed. Kept until the provider says that it is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The browser.
    pub browser: BrowserId,
    /// Failed attempts.
    #[serde(default)]
    pub failures: u32,
    /// When the next attempt is due.
    pub next_try: Timestamp,
}

impl Closing {
    /// Counts a failure and returns the next pause: 1 s, 2 s, 4 s … 5 min.
    pub(super) fn backoff(&mut self) -> Millis {
        let wait = Millis::from_secs(1_u64.checked_shl(self.failures).unwrap_or(u64::MAX / 1000).min(300));
        self.failures += 1;
        wait.min(CLOSE_BACKOFF_MAX)
    }
}
