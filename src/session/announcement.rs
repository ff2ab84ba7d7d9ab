//! An event shortly before a session's timeout, so that a subscriber can extend the session.

use super::machine::Session;
use super::{Millis, State, Timestamp};

/// The event comes this long before the timeout, or at half of a timeout that is shorter than two minutes.
const NOTICE: Millis = Millis::from_secs(60);

impl Session {
    /// When the end of the timeout must be announced; `None` once it was.
    pub(super) fn announcement_due(&self) -> Option<Timestamp> {
        let State::Live { since, .. } = self.state else { return None };
        let before = NOTICE.get().min(self.timeout.get() / 2);
        let due = since.plus(Millis::new(self.timeout.get() - before));
        (self.announced != Some(self.expires_at())).then_some(due)
    }

    /// Announces the end of the timeout if that is due. A new timeout is announced again.
    pub(super) fn reach_announcement(&mut self, now: Timestamp) {
        if self.announcement_due().is_some_and(|due| due <= now) {
            self.announced = Some(self.expires_at());
        }
    }
}
