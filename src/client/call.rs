//! The requests of all calls.

use super::transport::{Accepts, Request};
use super::{EventsFilter, ListFilter, ReleaseAllFilter, Settings, UsageFilter};
use crate::session::SessionId;

/// A call. Sending it more than once is safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    method: &'static str,
    /// Starts with `/v1`.
    path: String,
    body: Option<String>,
    /// Makes a create safe to repeat.
    idempotency_key: Option<String>,
    accepts: Accepts,
}

impl Call {
    fn new(method: &'static str, path: String) -> Self {
        Self { method, path, body: None, idempotency_key: None, accepts: Accepts::Json }
    }

    /// Starts a session. `body` is the JSON of the options. Every try sends the same `key`.
    #[must_use]
    pub fn create(body: String, key: String) -> Self {
        Self { body: Some(body), idempotency_key: Some(key), ..Self::new("POST", "/v1/sessions".to_owned()) }
    }

    /// Retrieves a session.
    #[must_use]
    pub fn retrieve(id: SessionId) -> Self {
        Self::new("GET", format!("/v1/sessions/{id}"))
    }

    /// Retrieves a page of sessions.
    #[must_use]
    pub fn list(filter: &ListFilter) -> Self {
        Self::new("GET", format!("/v1/sessions{}", filter.query()))
    }

    /// Changes a session. `body` is the JSON of the changes.
    #[must_use]
    pub fn update(id: SessionId, body: String) -> Self {
        Self { body: Some(body), ..Self::new("PATCH", format!("/v1/sessions/{id}")) }
    }

    /// Ends a session.
    #[must_use]
    pub fn release(id: SessionId) -> Self {
        Self::new("POST", format!("/v1/sessions/{id}/release"))
    }

    /// Ends all sessions that match.
    #[must_use]
    pub fn release_all(filter: &ReleaseAllFilter) -> Self {
        Self::new("POST", format!("/v1/sessions/release{}", filter.query()))
    }

    /// Retrieves the tabs of a session.
    #[must_use]
    pub fn live_details(id: SessionId) -> Self {
        Self::new("GET", format!("/v1/sessions/{id}/live-details"))
    }

    /// Takes a picture of a session, at most `width` pixels wide.
    #[must_use]
    pub fn picture(id: SessionId, width: Option<u32>) -> Self {
        let query = width.map(|width| format!("?width={width}")).unwrap_or_default();
        Self { accepts: Accepts::Jpeg, ..Self::new("GET", format!("/v1/sessions/{id}/picture{query}")) }
    }

    /// Retrieves a part of a session's recording.
    #[must_use]
    pub fn events(id: SessionId, filter: &EventsFilter) -> Self {
        Self::new("GET", format!("/v1/sessions/{id}/events{}", filter.query()))
    }

    /// Retrieves the requests in a part of a session's recording, as an HTTP archive.
    #[must_use]
    pub fn har(id: SessionId, filter: &EventsFilter) -> Self {
        Self::new("GET", format!("/v1/sessions/{id}/events{}", filter.har_query()))
    }

    /// Retrieves the project's usage.
    #[must_use]
    pub fn usage(filter: &UsageFilter) -> Self {
        Self::new("GET", format!("/v1/usage{}", filter.query()))
    }

    /// The request to the service and project in `settings`.
    #[must_use]
    pub fn request(&self, settings: &Settings) -> Request {
        let mut headers =
            vec![("accept", self.accepts.header().to_owned()), ("authorization", settings.api_key.authorization())];
        if self.body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        if let Some(key) = &self.idempotency_key {
            headers.push(("idempotency-key", key.clone()));
        }
        let url = format!("{}{}", settings.base_url.as_str(), self.path);
        Request { method: self.method, url, headers, body: self.body.clone(), accepts: self.accepts }
    }
}
