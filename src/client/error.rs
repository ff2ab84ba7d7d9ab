//! Why a call failed.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use super::retry::retry_after_secs;
use super::transport::{Answer, Body, Lost, UnexpectedBody};
use crate::session::{Invalid, Millis};
use crate::wire::Holder;

/// An argument is invalid. No request was sent.
pub const INVALID_OPTIONS: &str = "invalid_options";
/// No answer, or only a part of one.
pub const CONNECTION_FAILED: &str = "connection_failed";
/// The call took longer than its limit.
pub const TIMEOUT: &str = "timeout";
/// The server answered with a redirect, which is never followed.
pub const REDIRECTED: &str = "redirected";
/// An error status without a problem of the service.
pub const HTTP_ERROR: &str = "http_error";
/// A good status with a body that does not come from the service.
pub const INVALID_RESPONSE: &str = "invalid_response";

/// Why a call failed.
#[derive(Debug)]
pub struct Error {
    /// The cause for programs: the service's own code ([`crate::wire::Code`]), or one of this module's constants.
    pub code: Cow<'static, str>,
    /// The cause for people.
    pub message: Box<str>,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The invalid arguments, each with its JSON pointer.
    pub errors: Box<[Invalid]>,
    /// The sessions that hold the project's slots, if no slot was free.
    pub holders: Box<[Holder]>,
    /// The request's id, as it stands in the service's log.
    pub request_id: Option<Box<str>>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// The `Retry-After` of the service, in seconds.
    pub retry_after_secs: Option<u32>,
    /// The platform's own error.
    pub cause: Option<Box<dyn StdError>>,
}

impl Error {
    fn new(code: &'static str, message: String) -> Self {
        Self {
            code: Cow::Borrowed(code),
            message: message.into(),
            status: None,
            errors: Box::default(),
            holders: Box::default(),
            request_id: None,
            retryable: false,
            retry_after_secs: None,
            cause: None,
        }
    }

    /// Invalid arguments, each with its JSON pointer.
    #[must_use]
    pub fn invalid_options(errors: Vec<Invalid>) -> Self {
        let mut message = String::new();
        for Invalid { pointer, detail } in &errors {
            let between = if message.is_empty() { "" } else { "; " };
            let blank = if pointer.is_empty() { "" } else { " " };
            message.extend([between, pointer, blank, detail]);
        }
        Self { errors: errors.into(), ..Self::new(INVALID_OPTIONS, message) }
    }

    /// The call took longer than `limit`.
    #[must_use]
    pub fn timeout(limit: Millis) -> Self {
        Self { retryable: true, ..Self::new(TIMEOUT, format!("the call took longer than {} ms", limit.get())) }
    }

    /// No answer came.
    #[must_use]
    pub fn lost(lost: Lost) -> Self {
        let message = format!("no answer from the service: {}", lost.0);
        Self { retryable: true, cause: Some(lost.0), ..Self::new(CONNECTION_FAILED, message) }
    }

    /// A good status with a body that the call does not have.
    #[must_use]
    pub fn invalid_response<B>(answer: &Answer<B>, cause: &UnexpectedBody) -> Self {
        let message = format!("the answer is not the service's ({cause}): is the base URL right?");
        Self {
            status: Some(answer.status),
            request_id: answer.request_id.as_deref().map(Into::into),
            ..Self::new(INVALID_RESPONSE, message)
        }
    }

    /// An answer with a status other than 2xx.
    #[must_use]
    pub fn refused<B: Body>(answer: &Answer<B>) -> Self {
        let status = answer.status;
        if status == 0 || (300..400).contains(&status) {
            let message = "the server redirects, and no redirect is followed, since the key would go along: \
                           give the address where it leads as the base URL";
            return Self {
                status: (status != 0).then_some(status),
                request_id: answer.request_id.as_deref().map(Into::into),
                ..Self::new(REDIRECTED, message.to_owned())
            };
        }
        let text = |body: &B, name| body.field(name).and_then(|field| field.text());
        let body = answer.body.as_ref();
        let problem = body.and_then(|body| Some((text(body, "code")?, text(body, "detail")?)));
        let refused = match (body, problem) {
            (Some(body), Some((code, detail))) => {
                Self { code: Cow::Owned(code), ..Self::new(HTTP_ERROR, detail) }.with_lists(body)
            }
            _ => Self::new(HTTP_ERROR, format!("the server answered {status}, not in the service's words")),
        };
        let is_temporary = matches!(status, 408 | 429) || status >= 500;
        Self {
            status: Some(status),
            request_id: answer.request_id.as_deref().map(Into::into),
            retryable: is_temporary && answer.should_retry.as_deref() != Some("false"),
            retry_after_secs: answer.retry_after.as_deref().and_then(retry_after_secs),
            ..refused
        }
    }

    /// Adds the errors and the holders of a problem (RFC 9457). Reads each field by itself: a newer service may send
    /// more.
    fn with_lists<B: Body>(self, body: &B) -> Self {
        let text = |item: &B, name| item.field(name).and_then(|field| field.text());
        let items = |name| body.field(name).map(|field| field.items()).unwrap_or_default();
        let error = |item: &B| Some(Invalid::new(text(item, "pointer")?, text(item, "detail")?));
        let holder = |item: &B| {
            Some(Holder { id: text(item, "id")?, owner: text(item, "owner"), expires_at: text(item, "expiresAt")? })
        };
        Self {
            errors: items("errors").iter().filter_map(error).collect(),
            holders: items("holders").iter().filter_map(holder).collect(),
            ..self
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref()
    }
}
