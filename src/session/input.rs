//! What goes into the machine (inputs) and what comes out of it (actions, refusals).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    BrowserExit, BrowserId, Dimensions, Failure, Millis, PresenceReport, RecorderReport, RecordingWish, Timestamp,
};

/// New values for a session that is live; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Counts from `createdAt`, as in create.
    #[serde(default)]
    pub timeout: Option<Millis>,
    /// Only for a session that is watched.
    #[serde(default)]
    pub inactivity_timeout: Option<Millis>,
    /// Replaces all pairs.
    #[serde(default)]
    pub metadata: Option<BTreeMap<String, String>>,
}

/// What happened, or what is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A client asks to end it.
    Release,
    /// It is first in the queue, and takes a free slot.
    SlotGranted,
    /// The client that asked for it has disconnected before the answer.
    CallerGone,
    /// A client has asked about it, or connected to it.
    Claimed,
    /// New limits or labels.
    Change(Change),
    /// The provider gave a browser.
    BrowserAcquired {
        /// The epoch of the action that asked for it.
        epoch: u32,
        /// Its name.
        browser: BrowserId,
    },
    /// The browser's window has the size that was asked for.
    WindowReady {
        /// The epoch of the action that asked for it.
        epoch: u32,
        /// Its size.
        dimensions: Dimensions,
    },
    /// The provider gave no browser, or it can't be used.
    BrowserFailed {
        /// The epoch of the action that asked for it.
        epoch: u32,
        /// Why.
        failure: Failure,
    },
    /// The browser has answered to a sign of life.
    KeptAlive,
    /// A relay says who is connected.
    ClientsSeen(PresenceReport),
    /// A client sent `Browser.close`.
    ClosedByClient,
    /// A recorder says how far it has come.
    RecorderSeen(RecorderReport),
    /// The provider no longer knows the browser.
    BrowserGone {
        /// Which.
        browser: BrowserId,
        /// How that came, as far as the provider says.
        how: BrowserExit,
    },
    /// The provider says that a browser that was to be closed is gone.
    BrowserClosed {
        /// Which.
        browser: BrowserId,
    },
    /// The provider is closing the browser.
    CloseAcknowledged {
        /// Which.
        browser: BrowserId,
    },
    /// The provider refused the close, or did not answer.
    CloseFailed {
        /// Which.
        browser: BrowserId,
    },
    /// The time from [`super::Session::next_deadline`] has come.
    DeadlineReached,
}

/// What the host must do outside the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask the provider for a browser. Answers with `BrowserAcquired` or `BrowserFailed`.
    AcquireBrowser {
        /// Goes back with the answer.
        epoch: u32,
        /// The provider's idle limit to ask for: no longer than needed, so that a browser that nobody owns dies by
        /// itself.
        keep_alive: Millis,
    },
    /// Give the browser's window its size, or learn what it is. Answers with `WindowReady` or `BrowserFailed`.
    PrepareWindow {
        /// Goes back with the answer.
        epoch: u32,
        /// Which browser.
        browser: BrowserId,
        /// The requested size, if there is one.
        dimensions: Option<Dimensions>,
    },
    /// Give the browser a sign of life. Answers with `KeptAlive`, or with nothing.
    KeepAlive {
        /// Which.
        browser: BrowserId,
    },
    /// Start the session's recorder, or start it again. Answers with `RecorderSeen`, from time to time, or with nothing.
    StartRecorder {
        /// Goes back with each answer.
        run: u32,
        /// Which browser.
        browser: BrowserId,
        /// When the first one was started.
        since: Timestamp,
        /// How to record.
        wish: RecordingWish,
    },
    /// Ask the relay for a report. Answers with `ClientsSeen`, or with nothing.
    AskRelay,
    /// Ask the provider to close a browser. Answers with `BrowserClosed`, `CloseAcknowledged` or `CloseFailed`.
    CloseBrowser {
        /// Which.
        browser: BrowserId,
    },
}

/// Actions in the order in which they are to be started.
#[must_use = "an action that is not carried out is a browser that leaks"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actions(pub(super) Vec<Action>);

impl Actions {
    /// Nothing to do.
    pub fn none() -> Self {
        Self::default()
    }
}

impl IntoIterator for Actions {
    type Item = Action;
    type IntoIter = std::vec::IntoIter<Action>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Why a input can't be carried out. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionError {
    /// The session is over.
    Ended,
    /// The session's browser is not there yet.
    NotLive,
    /// The session's connections are not watched, so inactivity can't be noticed.
    NotWatched,
}
