//! Why a create is refused.

use super::store::StoreError;
use crate::wire::Holder;

/// Why a create is refused. Nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateError {
    /// An earlier create had the same key or id and another body.
    Mismatch {
        /// `Idempotency-Key` or `sessionId`.
        what: &'static str,
    },
    /// All slots are taken.
    LimitReached {
        /// The sessions that hold them.
        holders: Vec<Holder>,
        /// When to try again: 1 to 30 s.
        retry_after_secs: u32,
    },
    /// The provider has limited the rate of starts.
    RateLimited {
        /// When to try again: 1 to 30 s.
        retry_after_secs: u32,
    },
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for CreateError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
