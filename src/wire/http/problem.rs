//! Error answers: problem details (RFC 9457) with a stable code for programs.

use std::ops::Deref;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::session::{Failure, FailureCode, Invalid};

/// The stable names of all problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body is not JSON.
    InvalidJson,
    /// The body is of another media type.
    UnsupportedMediaType,
    /// The body is over 64 KiB.
    BodyTooLarge,
    /// No key came with the request.
    MissingKey,
    /// The key is not valid for this deployment.
    InvalidKey,
    /// The token was altered, or belongs to another session.
    InvalidToken,
    /// The token lacks the right.
    Forbidden,
    /// No such session in this project.
    SessionNotFound,
    /// No such tab in this session.
    TargetNotFound,
    /// The session was not recorded, or its recording has been deleted.
    RecordingNotFound,
    /// No such call.
    RouteNotFound,
    /// The path exists, but not for this method.
    MethodNotAllowed,
    /// The session has ended.
    SessionEnded,
    /// The session is not watched.
    NotWatched,
    /// No tab of the session is visible now.
    NoPicture,
    /// The session was released before its browser was there.
    ReleasedWhileStarting,
    /// A socket to a session that has ended.
    SessionGone,
    /// A call for a WebSocket came without an upgrade header.
    UpgradeRequired,
    /// A value in the request is invalid.
    InvalidRequest,
    /// The same key or id came with another body.
    IdempotencyMismatch,
    /// All slots of the project are taken.
    LimitReached,
    /// The project has the maximum number of event subscribers.
    TooManyListeners,
    /// The session has the maximum number of viewers.
    TooManyViewers,
    /// The provider starts no more browsers for now.
    ProviderRateLimited,
    /// The provider failed.
    ProviderError,
    /// The provider is not configured, or refuses this account.
    ProviderUnavailable,
    /// The provider did not answer in time.
    ProviderTimeout,
    /// The service was restarted while the browser was starting.
    StartInterrupted,
    /// The deployment has no secret.
    NotConfigured,
    /// The service itself failed.
    Internal,
}

impl Code {
    /// Every code.
    pub const ALL: &[Self] = &[
        Self::InvalidJson,
        Self::UnsupportedMediaType,
        Self::BodyTooLarge,
        Self::MissingKey,
        Self::InvalidKey,
        Self::InvalidToken,
        Self::Forbidden,
        Self::SessionNotFound,
        Self::TargetNotFound,
        Self::RecordingNotFound,
        Self::RouteNotFound,
        Self::MethodNotAllowed,
        Self::SessionEnded,
        Self::NotWatched,
        Self::NoPicture,
        Self::ReleasedWhileStarting,
        Self::SessionGone,
        Self::UpgradeRequired,
        Self::InvalidRequest,
        Self::IdempotencyMismatch,
        Self::LimitReached,
        Self::TooManyListeners,
        Self::TooManyViewers,
        Self::ProviderRateLimited,
        Self::ProviderError,
        Self::ProviderUnavailable,
        Self::ProviderTimeout,
        Self::StartInterrupted,
        Self::NotConfigured,
        Self::Internal,
    ];

    /// The HTTP status, and the title of every problem with this code.
    #[must_use]
    pub const fn status_and_title(self) -> (u16, &'static str) {
        match self {
            Self::InvalidJson => (400, "Not JSON"),
            Self::MissingKey => (401, "Key missing"),
            Self::InvalidKey => (401, "Key not valid"),
            Self::InvalidToken => (401, "Token not valid"),
            Self::Forbidden => (403, "Not allowed"),
            Self::SessionNotFound => (404, "No such session"),
            Self::TargetNotFound => (404, "No such tab"),
            Self::RecordingNotFound => (404, "No such recording"),
            Self::RouteNotFound => (404, "No such call"),
            Self::MethodNotAllowed => (405, "Method not allowed"),
            Self::SessionEnded => (409, "Session has ended"),
            Self::NotWatched => (409, "Session is not watched"),
            Self::NoPicture => (409, "Nothing to be seen"),
            Self::ReleasedWhileStarting => (409, "Session was released while it started"),
            Self::SessionGone => (410, "Session has ended"),
            Self::BodyTooLarge => (413, "Body too large"),
            Self::UnsupportedMediaType => (415, "Media type not supported"),
            Self::InvalidRequest => (422, "Request not valid"),
            Self::IdempotencyMismatch => (422, "Same key, another request"),
            Self::UpgradeRequired => (426, "WebSocket upgrade required"),
            Self::LimitReached => (429, "Limit reached"),
            Self::TooManyListeners => (429, "Too many listeners"),
            Self::TooManyViewers => (429, "Too many viewers"),
            Self::ProviderRateLimited => (429, "Provider's limit reached"),
            Self::Internal => (500, "Internal error"),
            Self::ProviderError => (502, "Provider failed"),
            Self::ProviderUnavailable => (503, "Provider not available"),
            Self::StartInterrupted => (503, "Start interrupted"),
            Self::NotConfigured => (503, "Not configured"),
            Self::ProviderTimeout => (504, "Provider did not answer"),
        }
    }

    /// The name in the body's `code`.
    #[must_use]
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// A session in a slot. A 429 lists them, so that its caller sees which sessions hold the slots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// The session.
    pub id: String,
    /// The session's owner, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// When its timeout is reached.
    pub expires_at: String,
}

/// An error answer. Holds nothing that its caller may not see. Boxed, because nearly every call can fail with it, and a
/// large error makes every `Result` large.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem(Box<ProblemDetails>);

/// The parts of a [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemDetails {
    /// The cause, for programs.
    pub code: Code,
    /// The cause for people, and what to do about it.
    pub detail: String,
    /// The invalid values, for a 422.
    #[serde(default)]
    pub errors: Vec<Invalid>,
    /// The sessions that hold the slots, for a 429.
    #[serde(default)]
    pub holders: Vec<Holder>,
    /// Seconds for `Retry-After`.
    #[serde(default)]
    pub retry_after_secs: Option<u32>,
    /// Methods for `Allow`.
    #[serde(default)]
    pub allow: Option<String>,
}

impl Problem {
    /// A problem with a code and a detail.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(ProblemDetails {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            holders: Vec::new(),
            retry_after_secs: None,
            allow: None,
        }))
    }

    /// Adds the seconds after which another try may succeed.
    #[must_use]
    pub fn over_after(mut self, secs: impl Into<Option<u32>>) -> Self {
        self.0.retry_after_secs = secs.into();
        self
    }

    /// Adds the sessions that hold the slots.
    #[must_use]
    pub fn held_by(mut self, holders: Vec<Holder>) -> Self {
        self.0.holders = holders;
        self
    }

    /// Adds the allowed methods.
    #[must_use]
    pub fn allowing(mut self, methods: impl Into<String>) -> Self {
        self.0.allow = Some(methods.into());
        self
    }

    /// A 422 that lists the invalid values.
    #[must_use]
    pub fn invalid(errors: Vec<Invalid>) -> Self {
        let lines: Vec<String> =
            errors.iter().map(|e| format!("{} {}", e.pointer, e.detail).trim().to_owned()).collect();
        let mut problem = Self::new(Code::InvalidRequest, lines.join("; "));
        problem.0.errors = errors;
        problem
    }

    /// The problem for a session or a call that failed.
    #[must_use]
    pub fn from_failure(failure: &Failure) -> Self {
        let code = match failure.code {
            FailureCode::ProviderError
            | FailureCode::BrowserLost
            | FailureCode::BrowserCrashed
            | FailureCode::BrowserEvicted => Code::ProviderError,
            FailureCode::ProviderUnavailable => Code::ProviderUnavailable,
            FailureCode::ProviderTimeout | FailureCode::StartTimeout => Code::ProviderTimeout,
            FailureCode::ProviderRateLimited => Code::ProviderRateLimited,
            FailureCode::WaitExpired => Code::LimitReached,
            FailureCode::StartInterrupted => Code::StartInterrupted,
            FailureCode::Internal => Code::Internal,
        };
        Self::new(code, failure.message.clone()).over_after(failure.retry_after_secs)
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.code.status_and_title().0
    }

    /// Reads the code and the detail of a problem's body; `None` if the text is not a problem of this service.
    #[must_use]
    pub fn from_json(body: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body {
            code: Code,
            detail: String,
        }
        let Body { code, detail } = serde_json::from_str(body).ok()?;
        Some(Self::new(code, detail))
    }

    /// The body.
    #[must_use]
    pub fn to_json(&self, request_id: &str) -> Value {
        let (status, title) = self.code.status_and_title();
        let code = self.code.name();
        let mut body = json!({
            "type": format!("urn:tidewatch:problem:{code}"),
            "title": title,
            "status": status,
            "detail": self.detail,
            "code": code,
            "message": self.detail,
            "requestId": request_id,
        });
        if !self.errors.is_empty() {
            body["errors"] = json!(self.errors);
        }
        if self.code == Code::LimitReached {
            body["holders"] = json!(self.holders);
        }
        body
    }
}

impl Deref for Problem {
    type Target = ProblemDetails;

    fn deref(&self) -> &ProblemDetails {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_unique_name_and_an_error_status() {
        let mut names: Vec<String> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!((400..=504).contains(&code.status_and_title().0), "{code:?}");
        }
    }

    #[test]
    fn the_body_has_what_published_clients_read() {
        let body = Problem::invalid(vec![Invalid::new("/timeout", "is wrong")]).to_json("r");
        assert_eq!(body["status"], 422);
        assert_eq!(body["message"], body["detail"]);
        assert_eq!(body["errors"][0]["pointer"], "/timeout");
        assert_eq!(body["code"], "invalid_request");
    }
}
