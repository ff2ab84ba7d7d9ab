//! Why there is no new session.

use super::store::StoreError;
use crate::wire::Holder;

/// Why there is no new session. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateError {
    /// The same key or id came with another body.
    Mismatch {
        /// Which of the two, for people.
        what: &'static str,
    },
    /// All slots are taken.
    LimitReached {
        /// By whom.
        holders: Vec<Holder>,
        /// When another try makes sense: 1 to 30.
        retry_after_secs: u32,
    },
    /// The provider gives no more browsers now.
    RateLimited {
        /// When another try makes sense: 1 to 30.
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
