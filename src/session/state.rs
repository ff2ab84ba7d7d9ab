//! The states of a session.

use serde::{Deserialize, Serialize};

use super::{BrowserId, Failure, Reason, Timestamp};

/// A session's state as callers see it. It is also stored in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In the queue for a slot. In no list.
    Waiting,
    /// A browser is on its way. Holds a slot, and is in no list.
    Starting,
    /// The browser runs and accepts connections.
    Live,
    /// The end was asked for, or a time limit was reached.
    Released,
    /// The browser could not be started, crashed, or was lost.
    Failed,
}

impl Status {
    /// Its name, as stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Starting => "starting",
            Self::Live => "live",
            Self::Released => "released",
            Self::Failed => "failed",
        }
    }

    /// Whether the session is over.
    #[must_use]
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Released | Self::Failed)
    }

    /// Whether callers can see the session: from the moment when its create is answered.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Live | Self::Released | Self::Failed)
    }
}

/// The state of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// In the queue for a slot.
    Waiting {
        /// Since when.
        since: Timestamp,
    },
    /// A browser was asked for.
    Starting {
        /// Since when.
        since: Timestamp,
        /// The browser, once the provider has named it: it is closed if the start does not end well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        browser: Option<BrowserId>,
    },
    /// The browser runs.
    Live {
        /// The provider's name for it.
        browser: BrowserId,
        /// Since when: the public `createdAt`.
        since: Timestamp,
    },
    /// Over, for good.
    Ended {
        /// When it became live, if it ever did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        live_since: Option<Timestamp>,
        /// When it ended.
        at: Timestamp,
        /// Why.
        reason: Reason,
        /// The cause, if that is a failure.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
    },
}
