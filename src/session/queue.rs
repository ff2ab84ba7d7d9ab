//! A session that waits in the queue for a slot, and a client that may have given up meanwhile.

use super::claim::Claim;
use super::input::{Action, Actions};
use super::keep_alive::KeepAlive;
use super::machine::Session;
use super::{Failure, FailureCode, Reason, State, Timestamp};

impl Session {
    /// Whether it left the queue because its wait was over. Its create is answered with 429, and its row is deleted
    /// once a browser that came too late from an earlier start is closed.
    #[must_use]
    pub fn was_turned_away(&self) -> bool {
        match &self.state {
            State::Ended { failure: Some(failure), .. } => {
                failure.code == FailureCode::WaitExpired && self.closing.is_empty()
            }
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } | State::Ended { .. } => false,
        }
    }

    /// Asks for a browser. The caller has made sure that a slot is free.
    pub(super) fn start(&mut self, now: Timestamp) -> Actions {
        self.epoch += 1;
        self.state = State::Starting { since: now, browser: None };
        Actions(vec![Action::AcquireBrowser { epoch: self.epoch, keep_alive: KeepAlive::limit_for(self.timeout) }])
    }

    /// Takes a free slot. A wait whose time is over ends the session, even if the alarm is late.
    pub(super) fn slot_granted(&mut self, now: Timestamp) -> Actions {
        let State::Waiting { since } = self.state else { return Actions::none() };
        if self.wait_until.unwrap_or(since) <= now {
            return self.turn_away(now);
        }
        self.claim = if self.anonymous { Claim::OnceLive } else { Claim::NotNeeded };
        self.start(now)
    }

    /// The client has disconnected before the answer to its create. A session stays if a retry can find it.
    pub(super) fn caller_gone(&mut self, now: Timestamp) -> Actions {
        match &self.state {
            State::Waiting { .. } | State::Starting { .. } if self.anonymous => {
                self.end(Reason::ClientDisconnected, None, now)
            }
            // It has just become live, and the client did not get the answer.
            State::Live { .. } if !self.claim.is_not_needed() => self.end(Reason::ClientDisconnected, None, now),
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } | State::Ended { .. } => {
                Actions::none()
            }
        }
    }

    pub(super) fn turn_away(&mut self, now: Timestamp) -> Actions {
        let failure = Failure::new(FailureCode::WaitExpired, "no slot became free in time");
        self.end(Reason::StartupFailed, Some(failure), now)
    }

    /// Whether a start that the provider has rate-limited goes back into the queue instead of failing.
    pub(super) fn waits_for_rate(&self, failure: &Failure, now: Timestamp) -> bool {
        failure.code == FailureCode::ProviderRateLimited && self.wait_until.is_some_and(|until| until > now)
    }

    /// A client has asked about the session, or connected to it. After the limit it is too late.
    pub(super) fn claimed(&mut self, now: Timestamp) -> Actions {
        let actions = self.reach_claim(now);
        self.claim = Claim::NotNeeded;
        actions
    }

    /// Ends a session that no client has claimed in time.
    pub(super) fn reach_claim(&mut self, now: Timestamp) -> Actions {
        match (&self.state, self.claim) {
            (State::Live { .. }, Claim::By(by)) if by <= now => self.end(Reason::ClientDisconnected, None, now),
            _ => Actions::none(),
        }
    }
}
