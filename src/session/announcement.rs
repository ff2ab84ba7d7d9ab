//! A word before a session's timeout, so that whoever listens can extend it.

use super::machine::Session;
use super::{Millis, State, Timestamp};

/// An end is announced this long before; for a timeout that is shorter than twice that, at its half.
const NOTICE: Millis = Millis::from_secs(60);

impl Session {
    /// When the end of its timeout is to be announced; `None` once that is done.
    pub(super) fn announcement_due(&self) -> Option<Timestamp> {
        let State::Live { since, .. } = self.state else { return None };
        let before = NOTICE.get().min(self.timeout.get() / 2);
        let due = since.plus(Millis::new(self.timeout.get() - before));
        (self.announced != Some(self.expires_at())).then_some(due)
    }

    /// Announces the end of its timeout if that is due. An end that was put off is announced anew.
    pub(super) fn reach_announcement(&mut self, now: Timestamp) {
        if self.announcement_due().is_some_and(|due| due <= now) {
            self.announced = Some(self.expires_at());
        }
    }
}
