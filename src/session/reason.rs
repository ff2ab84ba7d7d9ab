//! Why a session ended.

use serde::{Deserialize, Serialize};

/// Why a session ended. An end has exactly one reason, and it is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A release, or a release of all, asked for it.
    UserRequested,
    /// Its `timeout`, counted from `createdAt`, was reached.
    Timeout,
    /// The browser could not be started.
    StartupFailed,
    /// The browser is gone, and nobody says why.
    BrowserLost,
}

impl Reason {
    /// Whether an end for this reason is a failure, as the public status tells it.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        match self {
            Self::UserRequested | Self::Timeout => false,
            Self::StartupFailed | Self::BrowserLost => true,
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
    /// The service was restarted while the browser was starting.
    StartInterrupted,
    /// The browser did not become ready within the start-up limit.
    StartTimeout,
    /// The provider no longer knows the browser.
    BrowserLost,
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
