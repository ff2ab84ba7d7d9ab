//! CORS: the headers with which a browser lets pages of other origins call and read the answers.
//!
//! A key travels in a header and never in a cookie, so no answer allows credentials.

use worker::{Env, Headers, Request, Response};

use crate::edge::platform::settings;

/// What a page may read besides the body.
const EXPOSED: &str = "x-request-id, location, retry-after, next-cursor, x-should-retry";
/// Headers that a page may send: all, since published clients add a dozen of their own. The wildcard stands for all but
/// `authorization`; the others are named for browsers that do not know it.
const ALLOWED: &str = "authorization, content-type, idempotency-key, steel-api-key, x-api-key, last-event-id, *";
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, OPTIONS";
/// Seconds for which a browser need not ask again; the most that any of them keeps.
const MAX_AGE: &str = "86400";

/// The CORS headers for one request.
pub(super) struct Cors {
    allow_origin: Option<String>,
    is_preflight: bool,
}

impl Cors {
    /// For a request, by what the deployment allows: nothing, if that can't be read.
    pub(super) fn of(request: &Request, env: &Env) -> Self {
        let header = |name| request.headers().get(name).ok().flatten();
        let allow_origin = header("origin").and_then(|origin| {
            let allowed = settings::allowed_origins(env).ok()?;
            allowed.answer_to(&origin).map(str::to_owned)
        });
        let asks = allow_origin.is_some() && header("access-control-request-method").is_some();
        Self { allow_origin, is_preflight: asks && request.inner().method() == "OPTIONS" }
    }

    /// Whether the request only asks for a page that may call: it is answered here, as it can carry no key.
    pub(super) fn is_preflight(&self) -> bool {
        self.is_preflight
    }

    /// Adds them to the answer.
    pub(super) fn add_to(&self, response: Response) -> worker::Result<Response> {
        // The rules are not for sockets: what opens one is the token in its URL.
        let is_socket = response.status_code() == 101;
        let Some(origin) = self.allow_origin.as_deref().filter(|_| !is_socket) else { return Ok(response) };
        let headers = response.headers().clone();
        headers.set("access-control-allow-origin", origin)?;
        if self.is_preflight {
            add_preflight_headers(&headers)?;
        } else {
            headers.set("access-control-expose-headers", EXPOSED)?;
        }
        Ok(response.with_headers(headers))
    }
}

fn add_preflight_headers(headers: &Headers) -> worker::Result<()> {
    headers.set("access-control-allow-methods", METHODS)?;
    headers.set("access-control-allow-headers", ALLOWED)?;
    headers.set("access-control-max-age", MAX_AGE)
}
