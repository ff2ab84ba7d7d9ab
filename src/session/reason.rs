//! Why a session ended.

use serde::{Deserialize, Serialize};

/// Why a session ended. An end has exactly one reason, and it is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A release, or a release of all, asked for it.
    UserRequested,
    /// Its `timeout`, counted from `createdAt`, was reached.
    Timeout,
    /// For its `inactivityTimeout` no client was connected, or the connected ones sent nothing.
    InactivityTimeout,
    /// Its last client left, and did not come back.
    ClientDisconnected,
    /// A client closed the browser.
    BrowserClosed,
    /// The browser could not be started.
    StartupFailed,
    /// The browser crashed.
    BrowserCrashed,
    /// The browser is gone, and the provider does not say why.
    BrowserLost,
    /// The provider took the browser away.
    ProviderError,
}

impl Reason {
    /// Every reason. Counters are stored in this order: a new one goes to the end.
    pub const ALL: &[Self] = &[
        Self::UserRequested,
        Self::Timeout,
        Self::InactivityTimeout,
        Self::ClientDisconnected,
        Self::BrowserClosed,
        Self::StartupFailed,
        Self::BrowserCrashed,
        Self::BrowserLost,
        Self::ProviderError,
    ];

    /// Whether an end for this reason is a failure, as the public status tells it.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        match self {
            Self::UserRequested
            | Self::Timeout
            | Self::InactivityTimeout
            | Self::ClientDisconnected
            | Self::BrowserClosed => false,
            Self::StartupFailed | Self::BrowserCrashed | Self::BrowserLost | Self::ProviderError => true,
        }
    }
}

/// What went wrong, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The provider answered with an error, or with something that can't be read.
    ProviderError,
    /// The provider is not configured, or refuses to serve this account.
    ProviderUnavailable,
    /// The provider did not answer in time.
    ProviderTimeout,
    /// The provider gives no more browsers now.
    ProviderRateLimited,
    /// No slot became free for as long as the create would wait.
    WaitExpired,
    /// The service was restarted while the browser was starting.
    StartInterrupted,
    /// The browser did not become ready within the start-up limit.
    StartTimeout,
    /// The provider no longer knows the browser.
    BrowserLost,
    /// The provider says that the browser crashed.
    BrowserCrashed,
    /// The provider took the browser away: a new release of its own, or a failure inside it.
    BrowserEvicted,
    /// The service itself failed: one of its objects did not answer, or could not store. The provider has no part in
    /// it.
    Internal,
}

/// How a browser ended, as far as the provider says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrowserExit {
    /// It was closed.
    Closed,
    /// It crashed.
    Crashed,
    /// The provider took it away.
    Evicted,
    /// The provider does not say.
    Unknown,
}

impl BrowserExit {
    /// Parses Browser Run's close reason. An unrecognized reason is `Unknown`.
    #[must_use]
    pub fn told_by(close_reason: &str) -> Self {
        let word: String = close_reason.chars().filter(char::is_ascii_alphabetic).collect();
        match word.to_ascii_lowercase().as_str() {
            "normalclosure" => Self::Closed,
            "chromiumcrashed" | "chromiumcrash" | "browsercrashed" => Self::Crashed,
            "browseridle" | "sessionevicted" | "browserevicted" | "evicted" | "connectionerror" => Self::Evicted,
            _ => Self::Unknown,
        }
    }

    /// The reason and the cause of the end of its session.
    pub(super) fn reason(self) -> (Reason, Option<Failure>) {
        let failure = |reason, code, message| (reason, Some(Failure::new(code, message)));
        match self {
            Self::Closed => (Reason::BrowserClosed, None),
            Self::Crashed => failure(Reason::BrowserCrashed, FailureCode::BrowserCrashed, "the browser crashed"),
            Self::Evicted => {
                let text = "the provider took the browser away";
                failure(Reason::ProviderError, FailureCode::BrowserEvicted, text)
            }
            Self::Unknown => {
                let text = "the provider no longer knows this browser";
                failure(Reason::BrowserLost, FailureCode::BrowserLost, text)
            }
        }
    }
}

/// The cause of a failed session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong, for programs.
    pub code: FailureCode,
    /// What went wrong, for people.
    pub message: String,
    /// Seconds after which another try makes sense, where the provider said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_secs: Option<u32>,
}

impl Failure {
    /// A failure with no hint about when to try again.
    #[must_use]
    pub fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after_secs: None }
    }
}
