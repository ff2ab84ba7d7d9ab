//! The life of one session as a state machine.
//!
//! What holds between any two calls:
//!
//! 1. Ended is final, with exactly one reason.
//! 2. A browser whose id reached the machine is in `Live`, or in `closing` until the provider says that it is gone.
//! 3. `next_deadline()` is `None` only if nothing is left to do.
//! 4. An answer that carries an older epoch changes nothing, and the browser that it brought is closed.
//! 5. No two sessions with the same id ask for a browser with the same epoch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::claim::Claim;
use super::input::{Action, Actions, Change, Input, SessionError};
use super::keep_alive::KeepAlive;
use super::watch::Verdict;
use super::{
    Adapter, BrowserExit, BrowserId, Closing, Dimensions, Failure, FailureCode, Millis, Options, PresenceReport,
    Reason, Recording, SessionId, State, Timestamp, Watch,
};

/// A browser that is not ready after this long is given up (docs/api.md: "60 s at most, then `startup_failed`").
pub const STARTUP_LIMIT: Millis = Millis::from_secs(60);

/// One session. Serialized as it is stored; fields that a later version adds have a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub(super) id: SessionId,
    /// Raised by each end and each new start: an answer with an older epoch is refused. Never repeats for an id, even
    /// after the row of an earlier session with that id is deleted.
    pub(super) epoch: u32,
    /// Its state.
    pub(super) state: State,
    /// How long it may live, counted from when it is live.
    pub(super) timeout: Millis,
    /// The library that drives it.
    #[serde(default)]
    pub(super) adapter: Adapter,
    /// The caller's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<String>,
    /// The caller's pairs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metadata: BTreeMap<String, String>,
    /// The window's size: first the requested one, then the real one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dimensions: Option<Dimensions>,
    /// When the provider's list last showed the browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) verified_at: Option<Timestamp>,
    /// How its browser is kept alive beyond the provider's idle limit. `None` before there is a browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) keep_alive: Option<KeepAlive>,
    /// Its connections; `None` if they are not watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) watch: Option<Watch>,
    /// Its recording; `None` if it is not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recording: Option<Recording>,
    /// Until when its create may wait for a slot; `None` if it does not wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) wait_until: Option<Timestamp>,
    /// Whether its create gave neither an `Idempotency-Key` nor a `sessionId`, so that no retry can find it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) anonymous: bool,
    /// Whether a client must ask about it: only for an anonymous session that waited in the queue.
    #[serde(default, rename = "claim_by", skip_serializing_if = "Claim::is_not_needed")]
    pub(super) claim: Claim,
    /// The deadline that was announced to subscribers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) announced: Option<Timestamp>,
    /// Whether a client was seen to close the browser.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) closed_by_client: bool,
    /// Browsers of this session that must be closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) closing: Vec<Closing>,
}

/// What a session begins with.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// Its id.
    pub id: SessionId,
    /// The options of the create.
    pub options: &'a Options,
    /// The last epoch of earlier sessions with this id; zero if there were none. Epochs continue from there, so that an
    /// answer to an earlier session is older than anything that this one asks for.
    pub last_epoch: u32,
    /// Whether a client that lost the answer to its create has no way to find the session.
    pub is_anonymous: bool,
}

impl Session {
    /// A session that is starting, and the actions that will make it live.
    pub fn create(new: &NewSession<'_>, now: Timestamp) -> (Self, Actions) {
        let mut session = Self::wait(new, now);
        let actions = session.start(now);
        (session, actions)
    }

    /// A session that waits in the queue for a slot, for as long as its options say.
    #[must_use]
    pub fn wait(new: &NewSession<'_>, now: Timestamp) -> Self {
        let NewSession { id, options, last_epoch, is_anonymous } = *new;
        Self {
            id,
            epoch: last_epoch,
            state: State::Waiting { since: now },
            timeout: options.timeout,
            adapter: options.adapter,
            owner: options.owner.clone(),
            metadata: options.metadata.clone(),
            dimensions: options.dimensions,
            verified_at: None,
            keep_alive: None,
            watch: Watch::wanted(options.inactivity_timeout, options.disconnect_grace, now),
            recording: options.recording.map(Recording::wanted),
            wait_until: options.wait.map(|wait| now.plus(wait)),
            anonymous: is_anonymous,
            claim: Claim::NotNeeded,
            announced: None,
            closed_by_client: false,
            closing: Vec::new(),
        }
    }

    /// Applies an input, and returns what the host must do.
    ///
    /// # Errors
    /// [`SessionError`] if the input does not fit the state; then nothing has changed.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Result<Actions, SessionError> {
        match input {
            Input::Release => Ok(self.end(Reason::UserRequested, None, now)),
            Input::SlotGranted => Ok(self.slot_granted(now)),
            Input::CallerGone => Ok(self.caller_gone(now)),
            Input::Claimed => Ok(self.claimed(now)),
            Input::Change(change) => self.change(change, now),
            Input::BrowserAcquired { epoch, browser } => Ok(self.acquired(epoch, browser, now)),
            Input::WindowReady { epoch, dimensions } => Ok(self.window_ready(epoch, dimensions, now)),
            Input::BrowserFailed { epoch, failure } => Ok(self.acquire_failed(epoch, failure, now)),
            Input::KeptAlive => {
                if let Some(keep_alive) = &mut self.keep_alive {
                    keep_alive.confirmed(now);
                }
                Ok(Actions::none())
            }
            Input::ClientsSeen(report) => Ok(self.clients_seen(report, now)),
            Input::ClosedByClient => {
                self.closed_by_client |= self.browser().is_some();
                Ok(Actions::none())
            }
            Input::RecorderSeen(report) => Ok(self.recorder_seen(report, now)),
            Input::BrowserGone { browser, how } => Ok(self.gone(&browser, how, now)),
            Input::BrowserClosed { browser } => {
                self.closing.retain(|closing| closing.browser != browser);
                Ok(Actions::none())
            }
            Input::CloseAcknowledged { browser } => Ok(self.close_acknowledged(&browser, now)),
            Input::CloseFailed { browser } => Ok(self.close_failed(&browser, now)),
            Input::DeadlineReached => Ok(self.deadline_reached(now)),
        }
    }

    /// When `handle(Input::DeadlineReached, …)` is due next; `None` if nothing is left to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let recorder = self.recording.as_ref().and_then(Recording::lapses_at);
        let closings = self.closing.iter().map(|closing| closing.next_try);
        self.state_deadline().into_iter().chain(recorder).chain(closings).min()
    }

    /// The provider's list showed the browser at this time.
    pub fn note_verified(&mut self, at: Option<Timestamp>) {
        self.verified_at = self.verified_at.max(at);
    }

    fn state_deadline(&self) -> Option<Timestamp> {
        let State::Live { .. } = &self.state else { return self.time_limit() };
        let watched = self.watch.as_ref().and_then(Watch::next_deadline);
        [self.time_limit(), watched, self.keep_alive_due(), self.claim.deadline(), self.announcement_due()]
            .into_iter()
            .flatten()
            .min()
    }

    fn keep_alive_due(&self) -> Option<Timestamp> {
        let State::Live { .. } = &self.state else { return None };
        self.keep_alive.as_ref()?.due(self.expires_at())
    }

    /// Keeps the browser alive if that is due.
    fn reach_keep_alive(&mut self, now: Timestamp) -> Actions {
        if self.keep_alive_due().is_none_or(|due| due > now) {
            return Actions::none();
        }
        if let Some(keep_alive) = &mut self.keep_alive {
            keep_alive.tried(now);
        }
        let browser = self.browser().cloned();
        Actions(browser.map(|browser| Action::KeepAlive { browser }).into_iter().collect())
    }

    /// The limit of the current state: the end of the wait, the start-up limit, or the timeout.
    fn time_limit(&self) -> Option<Timestamp> {
        match &self.state {
            State::Waiting { since } => Some(self.wait_until.unwrap_or(*since)),
            State::Starting { since, .. } => Some(since.plus(STARTUP_LIMIT)),
            State::Live { .. } => Some(self.expires_at()),
            State::Ended { .. } => None,
        }
    }

    fn change(&mut self, change: Change, now: Timestamp) -> Result<Actions, SessionError> {
        match &self.state {
            State::Ended { .. } => return Err(SessionError::Ended),
            State::Waiting { .. } | State::Starting { .. } => return Err(SessionError::NotLive),
            State::Live { .. } if change.inactivity_timeout.is_some() && self.watch.is_none() => {
                return Err(SessionError::NotWatched);
            }
            State::Live { .. } => {}
        }
        // A deadline that has passed ends the session, even if the alarm is late: a change can't revive it.
        if self.expires_at() <= now {
            return Err(SessionError::Ended);
        }
        if let Some(metadata) = change.metadata {
            self.metadata = metadata;
        }
        if let Some(timeout) = change.timeout {
            self.timeout = timeout;
        }
        if let (Some(watch), Some(inactivity)) = (&mut self.watch, change.inactivity_timeout) {
            watch.inactivity = Some(inactivity);
        }
        Ok(if self.expires_at() <= now { self.end(Reason::Timeout, None, now) } else { Actions::none() })
    }

    fn acquired(&mut self, epoch: u32, browser: BrowserId, now: Timestamp) -> Actions {
        let dimensions = self.dimensions;
        match &mut self.state {
            State::Starting { browser: place @ None, .. } if epoch == self.epoch => {
                *place = Some(browser.clone());
                self.verified_at = Some(now);
                self.keep_alive = Some(KeepAlive::begin(KeepAlive::limit_for(self.timeout), now));
                // The recorder starts before the window is ready, to record the first page. Nothing waits for it.
                let mut actions = self.start_recorder(now);
                actions.0.push(Action::PrepareWindow { epoch, browser, dimensions });
                actions
            }
            State::Starting { browser: Some(ours), .. } | State::Live { browser: ours, .. } if *ours == browser => {
                Actions::none()
            }
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } | State::Ended { .. } => {
                self.close(browser, now)
            }
        }
    }

    fn window_ready(&mut self, epoch: u32, dimensions: Dimensions, now: Timestamp) -> Actions {
        // A limit that has passed ends the session, even if the alarm is late.
        let actions = self.reach_time_limit(now);
        if let State::Starting { browser: Some(browser), .. } = &self.state
            && epoch == self.epoch
        {
            self.state = State::Live { browser: browser.clone(), since: now };
            self.dimensions = Some(dimensions);
            self.claim.session_is_live(now);
            if let Some(watch) = &mut self.watch {
                watch.restart(now);
            }
        }
        actions
    }

    fn clients_seen(&mut self, report: PresenceReport, now: Timestamp) -> Actions {
        match (&self.state, &mut self.watch) {
            (State::Live { .. }, Some(watch)) => watch.hear(report, now),
            (State::Waiting { .. } | State::Starting { .. } | State::Live { .. } | State::Ended { .. }, _) => {
                return Actions::none();
            }
        }
        // A timeout that has passed ends the session, even if the alarm is late.
        let mut actions = self.reach_time_limit(now);
        actions.0.extend(self.reach_watch(now));
        actions.0.extend(self.reach_keep_alive(now));
        actions
    }

    /// Handles the due deadlines of a live session's watch.
    fn reach_watch(&mut self, now: Timestamp) -> Actions {
        let (State::Live { .. }, Some(watch)) = (&self.state, &mut self.watch) else { return Actions::none() };
        match watch.reach(now) {
            Verdict::Stay => Actions::none(),
            Verdict::Ask => Actions(vec![Action::AskRelay]),
            Verdict::End(reason) => self.end(reason, None, now),
        }
    }

    fn acquire_failed(&mut self, epoch: u32, failure: Failure, now: Timestamp) -> Actions {
        match &self.state {
            State::Starting { browser: None, .. } if epoch == self.epoch && self.waits_for_rate(&failure, now) => {
                self.state = State::Waiting { since: now };
                Actions::none()
            }
            State::Starting { .. } if epoch == self.epoch => self.end(Reason::StartupFailed, Some(failure), now),
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } | State::Ended { .. } => {
                Actions::none()
            }
        }
    }

    fn gone(&mut self, browser: &BrowserId, how: BrowserExit, now: Timestamp) -> Actions {
        self.closing.retain(|closing| closing.browser != *browser);
        if self.browser() == Some(browser) {
            let how = if self.closed_by_client { BrowserExit::Closed } else { how };
            let (reason, failure) = how.reason();
            // It is gone already: there is nothing to close.
            self.finish(reason, failure, now);
        }
        Actions::none()
    }

    fn deadline_reached(&mut self, now: Timestamp) -> Actions {
        let mut actions = self.reach_closing(now);
        actions.0.extend(self.reach_time_limit(now));
        actions.0.extend(self.reach_claim(now));
        actions.0.extend(self.reach_watch(now));
        actions.0.extend(self.reach_keep_alive(now));
        self.reach_announcement(now);
        actions.0.extend(self.reach_recorder(now));
        actions
    }

    pub(super) fn reach_time_limit(&mut self, now: Timestamp) -> Actions {
        if self.time_limit().is_none_or(|limit| limit > now) {
            return Actions::none();
        }
        let (reason, failure) = match &self.state {
            State::Waiting { .. } => return self.turn_away(now),
            State::Starting { .. } => {
                let text = format!("no browser after {} s", STARTUP_LIMIT.get() / 1000);
                (Reason::StartupFailed, Some(Failure::new(FailureCode::StartTimeout, text)))
            }
            State::Live { .. } | State::Ended { .. } => (Reason::Timeout, None),
        };
        self.end(reason, failure, now)
    }

    /// Ends the session if it has not ended, and begins to close its browser.
    pub(super) fn end(&mut self, reason: Reason, failure: Option<Failure>, now: Timestamp) -> Actions {
        self.finish(reason, failure, now).map_or_else(Actions::none, |browser| self.close(browser, now))
    }

    /// Ends the session if it has not ended, and returns its browser.
    fn finish(&mut self, reason: Reason, failure: Option<Failure>, now: Timestamp) -> Option<BrowserId> {
        let (live_since, browser) = match &self.state {
            State::Ended { .. } => return None,
            State::Waiting { .. } => (None, None),
            State::Starting { browser, .. } => (None, browser.clone()),
            State::Live { browser, since } => (Some(*since), Some(browser.clone())),
        };
        self.epoch += 1;
        self.claim = Claim::NotNeeded;
        if let Some(recording) = &mut self.recording {
            recording.session_ended(now);
        }
        self.state = State::Ended { live_since, at: now, reason, failure };
        browser
    }
}
