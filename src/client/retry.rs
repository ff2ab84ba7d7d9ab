//! Whether and when a failed call is repeated.

use crate::session::Millis;

/// Whether and when a failed call is repeated: with full jitter, and limited in number and in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most retries of one call.
    pub max_retries: u32,
    /// No retry starts later than this after the call.
    pub max_elapsed: Millis,
    /// The longest wait before the first retry. It doubles with each retry.
    pub base_delay: Millis,
    /// The longest wait before any retry. A `Retry-After` may be longer.
    pub max_delay: Millis,
}

/// Four retries within a minute, after 0.5, 1, 2 and 4 s at most. A minute is enough for two waits of the service's
/// longest `Retry-After`, which is 30 s.
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
    /// How long to wait before retry number `retry` (from 1), `elapsed` after the call; `None` to give up. `random` is
    /// any number of its range, so that many clients that failed together do not come back together.
    #[must_use]
    pub fn delay(&self, retry: u32, elapsed: Millis, retry_after_secs: Option<u32>, random: u64) -> Option<Millis> {
        if retry > self.max_retries {
            return None;
        }
        let doubled = self.base_delay.get().saturating_mul(1_u64.checked_shl(retry - 1).unwrap_or(u64::MAX));
        let longest = doubled.min(self.max_delay.get());
        let jitter = random % longest.saturating_add(1);
        let asked_for = Millis::from_secs(retry_after_secs.unwrap_or(0).into());
        let delay = asked_for.get().saturating_add(jitter);
        // A wait that ends too late for a retry would only delay the error.
        (elapsed.get().saturating_add(delay) <= self.max_elapsed.get()).then(|| Millis::new(delay))
    }
}

/// Reads a `Retry-After` in seconds. Dates are not supported: the service sends none, and clocks may differ.
#[must_use]
pub fn retry_after_secs(header: &str) -> Option<u32> {
    header.trim().parse().ok()
}
