//! The limit for a client to claim a session that waited in the queue.
//!
//! A client that waits holds a request open. If that request breaks, a client with neither an `Idempotency-Key` nor a
//! `sessionId` can't find its session again. So the session ends unless a client asks about it soon after it is live.

use serde::{Deserialize, Serialize};

use super::{Millis, Timestamp};

/// A session that must be claimed ends this long after it became live if it was not claimed (docs/api.md).
pub const CLAIM_LIMIT: Millis = Millis::from_secs(30);

/// Whether a session must be claimed.
///
/// Stored as a time, because an earlier version stored only the limit. Zero stands for [`Claim::OnceLive`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<Timestamp>", into = "Option<Timestamp>")]
pub(super) enum Claim {
    /// It need not be, or it was.
    #[default]
    NotNeeded,
    /// It must be. The limit begins when the session becomes live.
    OnceLive,
    /// It must be, by this time.
    By(Timestamp),
}

const ONCE_LIVE: Timestamp = Timestamp::from_millis(0);

impl From<Option<Timestamp>> for Claim {
    fn from(stored: Option<Timestamp>) -> Self {
        match stored {
            None => Self::NotNeeded,
            Some(ONCE_LIVE) => Self::OnceLive,
            Some(by) => Self::By(by),
        }
    }
}

impl From<Claim> for Option<Timestamp> {
    fn from(claim: Claim) -> Self {
        match claim {
            Claim::NotNeeded => None,
            Claim::OnceLive => Some(ONCE_LIVE),
            Claim::By(by) => Some(by),
        }
    }
}

impl Claim {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks like this")]
    pub(super) const fn is_not_needed(&self) -> bool {
        matches!(self, Self::NotNeeded)
    }

    /// The session is live now: the limit begins.
    pub(super) fn session_is_live(&mut self, now: Timestamp) {
        if !self.is_not_needed() {
            *self = Self::By(now.plus(CLAIM_LIMIT));
        }
    }

    /// When the session ends if it is not claimed.
    pub(super) const fn deadline(self) -> Option<Timestamp> {
        match self {
            Self::By(by) => Some(by),
            Self::NotNeeded | Self::OnceLive => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_claim_is_read_unchanged() {
        for claim in [Claim::NotNeeded, Claim::OnceLive, Claim::By(Timestamp::from_millis(7))] {
            assert_eq!(Claim::from(Option::from(claim)), claim);
        }
    }
}
