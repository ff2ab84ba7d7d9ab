//! A provider's own idle limit, and what keeps a browser above it for as long as its session lives.

use serde::{Deserialize, Serialize};

use super::{Millis, Timestamp};

/// The provider's own idle limit where nothing is asked for.
const IDLE_LIMIT_MIN: Millis = Millis::from_secs(60);
/// The longest idle limit that the provider accepts.
const IDLE_LIMIT_MAX: Millis = Millis::from_secs(600);
/// A sign of life is given this long before the limit: enough for several tries, and for a start, which counts too.
const MARGIN: Millis = Millis::from_secs(30);
/// A try that has not been confirmed is made again after this long.
const TRY_AGAIN: Millis = Millis::from_secs(10);

/// How a browser is kept alive. The provider counts clients' own inputs as well, but does not report them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepAlive {
    /// The idle limit that the browser was asked for with.
    limit: Millis,
    /// When the next sign of life is due, if the session lives on beyond the limit.
    due: Timestamp,
}

impl KeepAlive {
    /// The idle limit to ask for: no more than the session needs, so that a browser whose id was lost closes by itself.
    pub(super) fn limit_for(timeout: Millis) -> Millis {
        Millis::new(timeout.get().saturating_add(MARGIN.get())).clamp(IDLE_LIMIT_MIN, IDLE_LIMIT_MAX)
    }

    /// Of a browser that was asked for with this limit and has just begun.
    pub(super) fn begin(limit: Millis, now: Timestamp) -> Self {
        Self { limit, due: Self::next(limit, now) }
    }

    /// When a sign of life is due; `None` if the session is over before the browser could be idle for too long.
    pub(super) fn due(&self, expires_at: Timestamp) -> Option<Timestamp> {
        (self.due.plus(MARGIN) < expires_at).then_some(self.due)
    }

    /// A keep-alive message was sent. It is retried until it is confirmed.
    pub(super) fn tried(&mut self, now: Timestamp) {
        self.due = now.plus(TRY_AGAIN);
    }

    /// The browser has answered.
    pub(super) fn confirmed(&mut self, now: Timestamp) {
        self.due = Self::next(self.limit, now);
    }

    fn next(limit: Millis, now: Timestamp) -> Timestamp {
        now.plus(Millis::new(limit.get().saturating_sub(MARGIN.get())))
    }
}
