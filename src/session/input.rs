//! What goes into the machine (inputs) and what comes out of it (actions, refusals).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    BrowserExit, BrowserId, Dimensions, Failure, Millis, PresenceReport, RecorderReport, RecordingOptions, Timestamp,
};

/// New values for a live session. `None` leaves a value as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Counted from `createdAt`, as in a create.
    #[serde(default)]
    pub timeout: Option<Millis>,
    /// Only for a session that is watched.
    #[serde(default)]
    pub inactivity_timeout: Option<Millis>,
    /// Replaces all pairs.
    #[serde(default)]
    pub metadata: Option<BTreeMap<String, String>>,
}

/// What happened, or what a client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A client asks to end it.
    Release,
    /// It is first in the queue, and a slot is free.
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
        /// Its id.
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
    /// The browser has answered a keep-alive.
    KeptAlive,
    /// A relay's report of the connected clients.
    ClientsSeen(PresenceReport),
    /// A client sent `Browser.close`.
    ClosedByClient,
    /// A recorder's report.
    RecorderSeen(RecorderReport),
    /// The provider no longer knows the browser.
    BrowserGone {
        /// The browser.
        browser: BrowserId,
        /// How it ended, as far as the provider says.
        how: BrowserExit,
    },
    /// The provider confirms that a closing browser is gone.
    BrowserClosed {
        /// The browser.
        browser: BrowserId,
    },
    /// The provider is closing the browser.
    CloseAcknowledged {
        /// The browser.
        browser: BrowserId,
    },
    /// The provider refused the close, or did not answer.
    CloseFailed {
        /// The browser.
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
        /// The provider's idle limit to ask for: no longer than needed, so that a browser without an owner ends by
        /// itself.
        keep_alive: Millis,
    },
    /// Set the size of the browser's window, or read it. Answers with `WindowReady` or `BrowserFailed`.
    PrepareWindow {
        /// Goes back with the answer.
        epoch: u32,
        /// The browser.
        browser: BrowserId,
        /// The requested size, if there is one.
        dimensions: Option<Dimensions>,
    },
    /// Send the browser a command that keeps it alive. Answers with `KeptAlive`, or with nothing.
    KeepAlive {
        /// The browser.
        browser: BrowserId,
    },
    /// Start the session's recorder, or start it again. Answers with `RecorderSeen`, from time to time, or with
    /// nothing.
    StartRecorder {
        /// Goes back with each answer.
        run: u32,
        /// The browser.
        browser: BrowserId,
        /// When the first recorder was started.
        since: Timestamp,
        /// How to record.
        options: RecordingOptions,
    },
    /// Ask the relay for a report. Answers with `ClientsSeen`, or with nothing.
    AskRelay,
    /// Ask the provider to close a browser. Answers with `BrowserClosed`, `CloseAcknowledged` or `CloseFailed`.
    CloseBrowser {
        /// The browser.
        browser: BrowserId,
    },
}

/// Actions, in the order in which the host must start them.
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

/// Why an input is refused. A refused input changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionError {
    /// The session has ended.
    Ended,
    /// The session has no browser yet.
    NotLive,
    /// The session's connections are not watched, so that it can't have an inactivity timeout.
    NotWatched,
}
