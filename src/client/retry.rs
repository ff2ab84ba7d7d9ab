//! Whether and when a call that failed is tried again.

use crate::session::Millis;

/// Whether and when a call that failed is tried again: full jitter, limited in number and in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often at most.
    pub max_retries: u32,
    /// No try starts later than this after the call.
    pub max_elapsed: Millis,
    /// The longest wait before the first retry; it doubles with each.
    pub base_delay: Millis,
    /// The longest wait at all; a `Retry-After` may be longer.
    pub max_delay: Millis,
}

/// Four retries within a minute: 0.5, 1, 2 and 4 s at most, or two times the longest `Retry-After` of the service.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 4,
            max_elapsed: Millis::from_secs(60),
            base_delay: Millis::new(500),
            max_delay: Millis::from_secs(8),
        }
    }
}

impl RetryPolicy {
    /// How long to wait before retry number `retry` (from 1), `elapsed` after the call; `None` to give up. `dice` is
    /// random, and all of its range is used: many clients that failed together must not come back together.
    #[must_use]
    pub fn delay(&self, retry: u32, elapsed: Millis, retry_after_secs: Option<u32>, dice: u64) -> Option<Millis> {
        if retry > self.max_retries {
            return None;
        }
        let doubled = self.base_delay.get().saturating_mul(1_u64.checked_shl(retry - 1).unwrap_or(u64::MAX));
        let longest = doubled.min(self.max_delay.get());
        let jitter = dice % longest.saturating_add(1);
        let asked_for = Millis::from_secs(retry_after_secs.unwrap_or(0).into());
        let delay = asked_for.get().saturating_add(jitter);
        // To wait for a try that may not start any more would only hide the failure for a while.
        (elapsed.get().saturating_add(delay) <= self.max_elapsed.get()).then(|| Millis::new(delay))
    }
}

/// Reads the seconds of a `Retry-After`. A date is not read: the service sends none, and the clocks may differ.
#[must_use]
pub fn retry_after_secs(header: &str) -> Option<u32> {
    header.trim().parse().ok()
}
