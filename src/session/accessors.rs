//! What other floors may read from a session.

use std::collections::BTreeMap;

use super::machine::Session;
use super::{
    Adapter, BrowserId, Closing, Dimensions, KeepAlive, Millis, Reason, Recording, SessionId, State, Status, Timestamp,
    Watch,
};

impl Session {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> SessionId {
        self.id
    }

    /// The fence: an answer that carries an older epoch is refused.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The state with its data.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// How long it may live from the moment when it is live.
    #[must_use]
    pub const fn timeout(&self) -> Millis {
        self.timeout
    }

    /// The library that drives it.
    #[must_use]
    pub const fn adapter(&self) -> Adapter {
        self.adapter
    }

    /// The caller's label.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// The caller's pairs.
    #[must_use]
    pub const fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// The window's size: the requested one, then the actual one.
    #[must_use]
    pub const fn dimensions(&self) -> Option<Dimensions> {
        self.dimensions
    }

    /// When the provider last said that the browser exists.
    #[must_use]
    pub const fn verified_at(&self) -> Option<Timestamp> {
        self.verified_at
    }

    /// How its browser is kept alive beyond the provider's idle limit. `None` before there is a browser.
    #[must_use]
    pub const fn keep_alive(&self) -> Option<KeepAlive> {
        self.keep_alive
    }

    /// The state of its connections. `None` for a session that is not watched.
    #[must_use]
    pub const fn watch(&self) -> Option<&Watch> {
        self.watch.as_ref()
    }

    /// Its recording; `None` for a session that is not recorded.
    #[must_use]
    pub const fn recording(&self) -> Option<&Recording> {
        self.recording.as_ref()
    }

    /// Until when its create may wait for a slot; `None` for one that does not wait.
    #[must_use]
    pub const fn wait_until(&self) -> Option<Timestamp> {
        self.wait_until
    }

    /// Whether a client that lost the answer to its create has no way to find the session: the create gave neither an
    /// `Idempotency-Key` nor a `sessionId`.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    /// Until when a client must ask about the session or connect to it; `None` if none has to, or the session is not
    /// live.
    #[must_use]
    pub const fn claim_by(&self) -> Option<Timestamp> {
        self.claim.deadline()
    }

    /// The last announced end of its timeout.
    #[must_use]
    pub const fn announced(&self) -> Option<Timestamp> {
        self.announced
    }

    /// Whether a client was seen to close the browser.
    #[must_use]
    pub const fn is_closed_by_client(&self) -> bool {
        self.closed_by_client
    }

    /// Browsers of this session that are to be closed.
    #[must_use]
    pub fn closing(&self) -> &[Closing] {
        &self.closing
    }

    /// The state without its data. Callers never see [`Status::Waiting`] and [`Status::Starting`].
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.state {
            State::Waiting { .. } => Status::Waiting,
            State::Starting { .. } => Status::Starting,
            State::Live { .. } => Status::Live,
            State::Ended { reason, .. } if reason.is_failure() => Status::Failed,
            State::Ended { .. } => Status::Released,
        }
    }

    /// Why it has ended; `None` before.
    #[must_use]
    pub fn end_reason(&self) -> Option<Reason> {
        match self.state {
            State::Ended { reason, .. } => Some(reason),
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => None,
        }
    }

    /// The browser, while the session is live.
    #[must_use]
    pub fn browser(&self) -> Option<&BrowserId> {
        match &self.state {
            State::Live { browser, .. } => Some(browser),
            State::Waiting { .. } | State::Starting { .. } | State::Ended { .. } => None,
        }
    }

    /// When it became live; for one that never did, when it was asked for or failed.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        match &self.state {
            State::Waiting { since } | State::Starting { since, .. } | State::Live { since, .. } => *since,
            State::Ended { live_since, at, .. } => live_since.unwrap_or(*at),
        }
    }

    /// Whether a client is connected now; `None` for a session that is not watched.
    #[must_use]
    pub fn connected(&self) -> Option<bool> {
        let is_live = matches!(self.state, State::Live { .. });
        self.watch.as_ref().map(|watch| is_live && watch.is_connected())
    }

    /// When its `timeout` is reached, unless it ends before.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.created_at().plus(self.timeout)
    }
}
