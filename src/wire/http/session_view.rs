//! The public form of a session.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::session::{
    Dimensions, FailureCode, Millis, Reason, Recording, RecordingStatus, Session, SessionId, State, Status, Timestamp,
};
use crate::wire::auth::SessionTokens;

/// What a view needs besides the session itself.
#[derive(Clone, Copy, Debug)]
pub struct ViewContext<'a> {
    /// The address that the caller used, without a trailing slash.
    pub base_url: &'a str,
    /// The time of the view.
    pub now: Timestamp,
    /// When the fleet's last check found all its live browsers.
    pub checked_at: Option<Timestamp>,
}

/// The public form of a session. Durations are in milliseconds, times in ISO 8601.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// Its id.
    pub id: String,
    /// `live`, `released` or `failed`.
    pub status: Status,
    /// When it became live.
    pub created_at: String,
    /// How long it may live, in milliseconds from `createdAt`.
    pub timeout: u64,
    /// When that timeout is reached.
    pub expires_at: String,
    /// How long it has been live, in milliseconds.
    pub duration: u64,
    /// Whole browser seconds, rounded up.
    pub credits_used: u64,
    /// The browser's CDP endpoint, with a token of this session.
    pub websocket_url: String,
    /// `sessionViewerUrl` under its older name.
    pub debug_url: String,
    /// The session's live view: shows its browser and, unless the create forbade it, lets a person use it.
    pub session_viewer_url: String,
    /// The live view with a token that only shows the browser.
    pub session_watch_url: String,
    /// The window's size; 0 by 0 if the session never had a window.
    pub dimensions: Dimensions,
    /// How many recorded events are stored.
    pub event_count: u64,
    /// Always empty: nothing is optimized.
    pub optimize_bandwidth: Map<String, Value>,
    /// Always 0: there is no proxy.
    pub proxy_bytes_used: u64,
    /// Always null: there is no proxy.
    pub proxy_source: Option<String>,
    /// Always true.
    pub headless: bool,
    /// Always false.
    pub is_selenium: bool,
    /// The browser's provider.
    pub provider: String,
    /// Whether a client is connected now; null if the session is not watched.
    pub connected: Option<bool>,
    /// When the provider last confirmed that the browser exists; null before the first confirmation.
    pub verified_at: Option<String>,
    /// The caller's pairs.
    pub metadata: BTreeMap<String, String>,
    /// The caller's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The inactivity timeout in milliseconds, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inactivity_timeout: Option<u64>,
    /// Its recording, if it is or was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingView>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_reason: Option<Reason>,
    /// The cause, if it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureView>,
    /// True until the provider confirms that the browser is closed; absent after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<bool>,
    /// The region of the browser, if the provider reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The user agent of its pages, if the create set one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The options of the create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
}

/// A session's recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordingView {
    /// Its status.
    pub status: RecordingStatus,
    /// Whether inputs are masked.
    pub mask_inputs: bool,
}

impl RecordingView {
    fn of(recording: &Recording) -> Option<Self> {
        Some(Self { status: recording.status()?, mask_inputs: recording.options.mask_inputs })
    }
}

/// The cause of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureView {
    /// The cause, for programs.
    pub code: FailureCode,
    /// The cause, for people.
    pub message: String,
}

impl SessionView {
    /// Makes the view of `session`. `config` is the create's body without secrets.
    #[must_use]
    pub fn new(session: &Session, tokens: &SessionTokens, config: Option<Value>, context: ViewContext<'_>) -> Self {
        let urls = SessionUrls::new(context.base_url, session.id(), tokens);
        let ended = match session.state() {
            State::Ended { at, reason, failure, live_since } => Some((*at, *reason, failure, *live_since)),
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => None,
        };
        let until = ended.as_ref().map_or(context.now, |(at, ..)| *at);
        let lived = until.since(session.created_at());
        Self {
            id: session.id().to_string(),
            status: session.status(),
            created_at: session.created_at().to_iso(),
            timeout: session.timeout().get(),
            expires_at: session.expires_at().to_iso(),
            duration: lived.get(),
            credits_used: lived.to_secs_rounded_up(),
            websocket_url: urls.connect(),
            debug_url: urls.viewer(),
            session_viewer_url: urls.viewer(),
            session_watch_url: urls.watch(),
            dimensions: session.dimensions().unwrap_or(Dimensions { width: 0, height: 0 }),
            event_count: session.recording().map_or(0, Recording::events),
            optimize_bandwidth: Map::new(),
            proxy_bytes_used: 0,
            proxy_source: None,
            headless: true,
            is_selenium: false,
            provider: "browser-run".to_owned(),
            connected: session.connected(),
            verified_at: verified_at(session, context.checked_at).map(Timestamp::to_iso),
            metadata: session.metadata().clone(),
            owner: session.owner().map(str::to_owned),
            inactivity_timeout: session.watch().and_then(|watch| watch.inactivity).map(Millis::get),
            recording: session.recording().and_then(RecordingView::of),
            ended_at: ended.as_ref().map(|(at, ..)| at.to_iso()),
            release_reason: ended.as_ref().map(|(_, reason, ..)| *reason),
            failure: ended
                .and_then(|(_, _, failure, _)| failure.as_ref())
                .map(|failure| FailureView { code: failure.code, message: failure.message.clone() }),
            closing: (!session.closing().is_empty()).then_some(true),
            // Browser Run does not report a region and takes no user agent: a create that sets one is refused.
            region: None,
            user_agent: None,
            config,
        }
    }
}

/// A check of the fleet confirms every session that is live.
fn verified_at(session: &Session, checked_at: Option<Timestamp>) -> Option<Timestamp> {
    match session.state() {
        State::Live { .. } => session.verified_at().max(checked_at),
        State::Waiting { .. } | State::Starting { .. } | State::Ended { .. } => session.verified_at(),
    }
}

/// The URLs of one session.
#[derive(Clone, Copy, Debug)]
pub struct SessionUrls<'a> {
    base_url: &'a str,
    id: SessionId,
    tokens: &'a SessionTokens,
}

impl<'a> SessionUrls<'a> {
    /// The URLs of a session, as seen from `base_url`.
    #[must_use]
    pub const fn new(base_url: &'a str, id: SessionId, tokens: &'a SessionTokens) -> Self {
        Self { base_url, id, tokens }
    }

    /// The browser's CDP endpoint.
    #[must_use]
    pub fn connect(&self) -> String {
        format!("{}/v1/sessions/{}/connect?token={}", self.socket_base(), self.id, self.tokens.connect)
    }

    /// A tab's CDP endpoint.
    #[must_use]
    pub fn page(&self, target: &str) -> String {
        format!("{}/v1/sessions/{}/page/{target}?token={}", self.socket_base(), self.id, self.tokens.connect)
    }

    /// The live view, with the session's viewer token.
    #[must_use]
    pub fn viewer(&self) -> String {
        self.viewer_with(self.tokens.viewer())
    }

    /// The live view, with a token that only shows the browser.
    #[must_use]
    pub fn watch(&self) -> String {
        self.viewer_with(&self.tokens.view)
    }

    /// The live view without the frame around it.
    #[must_use]
    pub fn viewer_fullscreen(&self) -> String {
        format!("{}&fullscreen=true", self.viewer())
    }

    /// The live view of one tab.
    #[must_use]
    pub fn page_viewer(&self, target: &str) -> String {
        format!("{}&page={target}", self.viewer())
    }

    /// The live view of one tab without the frame around it.
    #[must_use]
    pub fn page_viewer_fullscreen(&self, target: &str) -> String {
        format!("{}&fullscreen=true", self.page_viewer(target))
    }

    fn viewer_with(&self, token: &str) -> String {
        format!("{}/view/?session={}&token={token}", self.base_url, self.id)
    }

    fn socket_base(&self) -> String {
        self.base_url.replacen("http", "ws", 1)
    }
}

/// A page of sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionList {
    /// Newest first.
    pub sessions: Vec<SessionView>,
    /// The `cursorId` of the next page; null on the last page.
    pub next_cursor: Option<String>,
    /// How many sessions match in total.
    pub total_count: u64,
}

/// The answer to a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseAnswer {
    /// Always true: a failed release is a problem.
    pub success: bool,
    /// For people.
    pub message: String,
    /// The session as it is now.
    pub session: SessionView,
}

/// The answer to a release of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseAllAnswer {
    /// Always true.
    pub success: bool,
    /// For people.
    pub message: String,
    /// The outcome for each session.
    pub results: Vec<ReleaseOutcome>,
}

/// The outcome for one session of a release of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseOutcome {
    /// The session.
    pub id: String,
    /// The outcome.
    pub outcome: Outcome,
}

/// The outcome for one session of a release of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its end is stored, and the provider has closed its browser, or it had none.
    Released,
    /// Its end is stored. The close of its browser is stored too, and not yet confirmed.
    Closing,
    /// A dry run: the session would be released.
    WouldRelease,
}
