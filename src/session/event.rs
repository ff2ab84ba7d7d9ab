//! Events: what a turn has changed in a session, for subscribers.

use super::{Reason, Recording, RecordingStatus, Session, Status, Timestamp, Watch};

/// What has happened to a session, seen from outside.
///
/// In the order in which they come: `Created`, any number of `Updated` and `Expiring`, `Ended`, then `Recorded` if it
/// was, and `Closed` if its browser outlived it. A start that fails begins with `Ended`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is live.
    Created,
    /// Its limits or labels are others, its clients have come or gone, or it is recorded now.
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
    /// Its recording is over: all of it is stored that will be.
    Recorded,
    /// Its browser, which was to be closed, is gone. Comes again for a browser that was brought too late.
    Closed,
}

impl Event {
    /// What a turn has made of a session that was `before`.
    #[must_use]
    pub fn between(before: &Session, after: &Session) -> Vec<Self> {
        let (was, is) = (before.status(), after.status());
        match (was.is_ended(), after.end_reason()) {
            (true, _) => Self::after_end(before, after),
            // It was in no list, and its row is deleted.
            (false, Some(_)) if after.was_turned_away() => Vec::new(),
            (false, Some(reason)) => vec![Self::Ended { reason }],
            (false, None) if was != Status::Live && is == Status::Live => vec![Self::Created],
            (false, None) if is == Status::Live => Self::while_live(before, after),
            (false, None) => Vec::new(),
        }
    }

    fn after_end(before: &Session, after: &Session) -> Vec<Self> {
        let is_over = recording_of(after).is_some() && recording_of(before) != recording_of(after);
        let is_closed = !before.closing.is_empty() && after.closing.is_empty();
        is_over.then_some(Self::Recorded).into_iter().chain(is_closed.then_some(Self::Closed)).collect()
    }

    fn while_live(before: &Session, after: &Session) -> Vec<Self> {
        let inactivity = |session: &Session| session.watch.as_ref().and_then(|watch: &Watch| watch.inactivity);
        let is_updated = before.timeout != after.timeout
            || before.metadata != after.metadata
            || before.connected() != after.connected()
            || inactivity(before) != inactivity(after)
            || recording_of(before) != recording_of(after);
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
            Self::Recorded => "session.recorded",
            Self::Closed => "session.closed",
        }
    }
}

fn recording_of(session: &Session) -> Option<RecordingStatus> {
    session.recording.as_ref().and_then(Recording::status)
}
