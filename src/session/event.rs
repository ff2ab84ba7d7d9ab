//! What is told of a session: the difference that a turn has made to it, for whoever listens.

use super::{Reason, Session, Status, Timestamp, Watch};

/// What has happened to a session, seen from outside.
///
/// In the order in which they come: `Created`, any number of `Updated` and `Expiring`, `Ended`, and `Closed` if its browser
/// outlived it. A start that fails begins with `Ended`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is live.
    Created,
    /// Its limits or labels are others, or its clients have come or gone.
    Updated,
    /// Its timeout is near.
    Expiring {
        /// When it will be reached.
        expires_at: Timestamp,
    },
    /// It is over.
    Ended {
        /// Why.
        reason: Reason,
    },
    /// Its browser, which was to be closed, is gone. Comes again for a browser that was brought too late.
    Closed,
}

impl Event {
    /// What a turn has made of a session that was `before`.
    #[must_use]
    pub fn between(before: &Session, after: &Session) -> Vec<Self> {
        let (was, is) = (before.status(), after.status());
        let closed = || !before.closing.is_empty() && after.closing.is_empty();
        match (was.is_ended(), after.end_reason()) {
            (true, _) => closed().then_some(Self::Closed).into_iter().collect(),
            // It was in no list, and nothing of it is kept.
            (false, Some(_)) if after.was_turned_away() => Vec::new(),
            (false, Some(reason)) => vec![Self::Ended { reason }],
            (false, None) if was != Status::Live && is == Status::Live => vec![Self::Created],
            (false, None) if is == Status::Live => Self::while_live(before, after),
            (false, None) => Vec::new(),
        }
    }

    fn while_live(before: &Session, after: &Session) -> Vec<Self> {
        let inactivity = |session: &Session| session.watch.as_ref().and_then(|watch: &Watch| watch.inactivity);
        let is_updated = before.timeout != after.timeout
            || before.metadata != after.metadata
            || before.connected() != after.connected()
            || inactivity(before) != inactivity(after);
        let announced = after.announced.filter(|_| before.announced != after.announced);
        let expiring = announced.map(|expires_at| Self::Expiring { expires_at });
        is_updated.then_some(Self::Updated).into_iter().chain(expiring).collect()
    }

    /// The name that is stored and sent.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Created => "session.created",
            Self::Updated => "session.updated",
            Self::Expiring { .. } => "session.expiring",
            Self::Ended { .. } => "session.ended",
            Self::Closed => "session.closed",
        }
    }
}
