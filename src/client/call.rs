//! The calls of the API, as requests.

use super::transport::{Accepts, Request};
use super::{ListFilter, ReleaseAllFilter, Settings, UsageFilter};
use crate::session::SessionId;

/// A call, ready to be sent as often as need be: each is safe to repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    method: &'static str,
    /// From `/v1` on.
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

    /// Starts a browser. `body` is the JSON of the options; `key` goes with each try.
    #[must_use]
    pub fn create(body: String, key: String) -> Self {
        Self { body: Some(body), idempotency_key: Some(key), ..Self::new("POST", "/v1/sessions".to_owned()) }
    }

    /// Asks about a session.
    #[must_use]
    pub fn retrieve(id: SessionId) -> Self {
        Self::new("GET", format!("/v1/sessions/{id}"))
    }

    /// Asks for a page of sessions.
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

    /// Asks for the tabs of a session.
    #[must_use]
    pub fn live_details(id: SessionId) -> Self {
        Self::new("GET", format!("/v1/sessions/{id}/live-details"))
    }

    /// Asks what the project has used.
    #[must_use]
    pub fn usage(filter: &UsageFilter) -> Self {
        Self::new("GET", format!("/v1/usage{}", filter.query()))
    }

    /// Asks for a picture of a session, no wider than that.
    #[must_use]
    pub fn picture(id: SessionId, width: Option<u32>) -> Self {
        let query = width.map(|width| format!("?width={width}")).unwrap_or_default();
        Self { accepts: Accepts::Jpeg, ..Self::new("GET", format!("/v1/sessions/{id}/picture{query}")) }
    }

    /// The request to the service and the project that `settings` name.
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
