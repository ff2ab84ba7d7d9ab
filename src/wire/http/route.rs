//! The calls of the API: a method and a path become a [`Route`], or a reason why there is none.

use crate::session::{BrowserId, SessionId};

/// The methods that some call answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`, and `HEAD`, whose answer is the same without its body.
    Get,
    /// `POST`.
    Post,
    /// `PATCH`.
    Patch,
    /// `PUT`.
    Put,
    /// Any other.
    Other,
}

impl Method {
    /// Reads a request's method.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "GET" | "HEAD" => Self::Get,
            "POST" => Self::Post,
            "PATCH" => Self::Patch,
            "PUT" => Self::Put,
            _ => Self::Other,
        }
    }
}

/// A tab's id, as the browser gives it: it can't change a path.
pub type TargetId = BrowserId;

/// A call of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `GET /v1/health`
    Health,
    /// `POST /v1/sessions`
    Create,
    /// `GET /v1/sessions`
    List,
    /// `POST /v1/sessions/release`
    ReleaseAll,
    /// `WS /v1/events`, or `GET` for server-sent events
    Events,
    /// `GET /v1/usage`
    Usage,
    /// `GET /v1/sessions/{id}`
    Get(SessionId),
    /// `PATCH /v1/sessions/{id}`
    Change(SessionId),
    /// `POST /v1/sessions/{id}/release`
    Release(SessionId),
    /// `GET /v1/sessions/{id}/live-details`
    LiveDetails(SessionId),
    /// `GET /v1/sessions/{id}/events`
    RecordedEvents(SessionId),
    /// `WS /v1/sessions/{id}/connect`
    Connect(SessionId),
    /// `WS /v1/sessions/{id}/page/{target}`
    Page(SessionId, TargetId),
    /// `WS /v1/sessions/{id}/view`
    View(SessionId),
    /// `GET /v1/sessions/{id}/picture`
    Picture(SessionId),
    /// `GET /v1/sessions/{id}/json/version`
    JsonVersion(SessionId),
    /// `GET /v1/sessions/{id}/json` and `…/json/list`
    JsonList(SessionId),
    /// `GET /v1/sessions/{id}/json/protocol`
    JsonProtocol(SessionId),
    /// `PUT /v1/sessions/{id}/json/new`
    JsonNew(SessionId),
    /// `GET /v1/sessions/{id}/json/activate/{target}`
    JsonActivate(SessionId, TargetId),
    /// `GET /v1/sessions/{id}/json/close/{target}`
    JsonClose(SessionId, TargetId),
}

/// Why a request is no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// No call has this path.
    NotFound,
    /// The path is a session's, and its id is none.
    NoSuchSession,
    /// The path is a tab's, and its id is none.
    NoSuchTarget,
    /// The path answers to these methods.
    MethodNotAllowed {
        /// For the `Allow` header.
        allow: &'static str,
    },
}

const GET: &str = "GET, HEAD, OPTIONS";
const POST: &str = "POST, OPTIONS";
const PUT: &str = "PUT, OPTIONS";
const GET_POST: &str = "GET, HEAD, POST, OPTIONS";
const GET_PATCH: &str = "GET, HEAD, PATCH, OPTIONS";

impl Route {
    /// Finds the call of a request. A trailing slash is only for `json/…`, where published clients send one.
    ///
    /// # Errors
    /// [`RouteError`], by what is wrong first: the path, the session's id, the method.
    pub fn parse(method: Method, path: &str) -> Result<Self, RouteError> {
        let segments: Vec<&str> = path.strip_prefix("/v1/").ok_or(RouteError::NotFound)?.split('/').collect();
        match segments.as_slice() {
            ["health"] => allow(method, Method::Get, Self::Health, GET),
            ["sessions"] => match method {
                Method::Get => Ok(Self::List),
                Method::Post => Ok(Self::Create),
                Method::Patch | Method::Put | Method::Other => Err(RouteError::MethodNotAllowed { allow: GET_POST }),
            },
            ["sessions", "release"] => allow(method, Method::Post, Self::ReleaseAll, POST),
            ["events"] => allow(method, Method::Get, Self::Events, GET),
            ["usage"] => allow(method, Method::Get, Self::Usage, GET),
            ["sessions", id, rest @ ..] => Self::parse_session(method, id, rest),
            _ => Err(RouteError::NotFound),
        }
    }

    fn parse_session(method: Method, id: &str, rest: &[&str]) -> Result<Self, RouteError> {
        let id = SessionId::parse(id).map_err(|_| RouteError::NoSuchSession);
        match rest {
            [] => match method {
                Method::Get => Ok(Self::Get(id?)),
                Method::Patch => Ok(Self::Change(id?)),
                Method::Post | Method::Put | Method::Other => Err(RouteError::MethodNotAllowed { allow: GET_PATCH }),
            },
            ["release"] => allow(method, Method::Post, Self::Release(id?), POST),
            ["live-details"] => allow(method, Method::Get, Self::LiveDetails(id?), GET),
            ["events"] => allow(method, Method::Get, Self::RecordedEvents(id?), GET),
            ["connect"] => allow(method, Method::Get, Self::Connect(id?), GET),
            ["page", target] => allow(method, Method::Get, Self::Page(id?, parse_target(target)?), GET),
            ["view"] => allow(method, Method::Get, Self::View(id?), GET),
            ["picture"] => allow(method, Method::Get, Self::Picture(id?), GET),
            ["json", json @ ..] => Self::parse_json(method, id?, json.strip_suffix(&[""]).unwrap_or(json)),
            _ => Err(RouteError::NotFound),
        }
    }

    fn parse_json(method: Method, id: SessionId, rest: &[&str]) -> Result<Self, RouteError> {
        match rest {
            [] | ["list"] => allow(method, Method::Get, Self::JsonList(id), GET),
            ["version"] => allow(method, Method::Get, Self::JsonVersion(id), GET),
            ["protocol"] => allow(method, Method::Get, Self::JsonProtocol(id), GET),
            ["new"] => allow(method, Method::Put, Self::JsonNew(id), PUT),
            ["activate", target] => allow(method, Method::Get, Self::JsonActivate(id, parse_target(target)?), GET),
            ["close", target] => allow(method, Method::Get, Self::JsonClose(id, parse_target(target)?), GET),
            _ => Err(RouteError::NotFound),
        }
    }
}

fn allow(method: Method, wanted: Method, route: Route, allow: &'static str) -> Result<Route, RouteError> {
    if method == wanted { Ok(route) } else { Err(RouteError::MethodNotAllowed { allow }) }
}

fn parse_target(text: &str) -> Result<TargetId, RouteError> {
    TargetId::parse(text).map_err(|_| RouteError::NoSuchTarget)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0192f0c1-7b3c-7000-8000-00000000000a";

    fn route(method: &str, path: &str) -> Result<Route, RouteError> {
        Route::parse(Method::parse(method), &path.replace("{id}", ID))
    }

    #[test]
    fn every_call_has_one_path_and_one_method() {
        let id = SessionId::parse(ID).unwrap();
        let target = TargetId::parse("ABC123").unwrap();
        let table = [
            ("GET", "/v1/health", Route::Health),
            ("POST", "/v1/sessions", Route::Create),
            ("GET", "/v1/sessions", Route::List),
            ("POST", "/v1/sessions/release", Route::ReleaseAll),
            ("GET", "/v1/events", Route::Events),
            ("GET", "/v1/usage", Route::Usage),
            ("GET", "/v1/sessions/{id}", Route::Get(id)),
            ("PATCH", "/v1/sessions/{id}", Route::Change(id)),
            ("POST", "/v1/sessions/{id}/release", Route::Release(id)),
            ("GET", "/v1/sessions/{id}/live-details", Route::LiveDetails(id)),
            ("GET", "/v1/sessions/{id}/events", Route::RecordedEvents(id)),
            ("GET", "/v1/sessions/{id}/connect", Route::Connect(id)),
            ("GET", "/v1/sessions/{id}/page/ABC123", Route::Page(id, target.clone())),
            ("GET", "/v1/sessions/{id}/view", Route::View(id)),
            ("GET", "/v1/sessions/{id}/picture", Route::Picture(id)),
            ("GET", "/v1/sessions/{id}/json", Route::JsonList(id)),
            ("GET", "/v1/sessions/{id}/json/", Route::JsonList(id)),
            ("GET", "/v1/sessions/{id}/json/list/", Route::JsonList(id)),
            ("GET", "/v1/sessions/{id}/json/version/", Route::JsonVersion(id)),
            ("GET", "/v1/sessions/{id}/json/protocol", Route::JsonProtocol(id)),
            ("PUT", "/v1/sessions/{id}/json/new", Route::JsonNew(id)),
            ("GET", "/v1/sessions/{id}/json/activate/ABC123", Route::JsonActivate(id, target.clone())),
            ("GET", "/v1/sessions/{id}/json/close/ABC123", Route::JsonClose(id, target)),
        ];
        for (method, path, expected) in table {
            assert_eq!(route(method, path), Ok(expected), "{method} {path}");
            let refused = matches!(route("DELETE", path), Err(RouteError::MethodNotAllowed { .. }));
            assert!(refused, "DELETE {path}");
        }
    }

    #[test]
    fn other_paths_are_no_calls() {
        for path in ["/", "/v1", "/v1/", "/v1/nope", "/v1/sessions/", "/v2/sessions", "/v1/sessions/{id}/nope"] {
            let found = route("GET", path);
            assert!(matches!(found, Err(RouteError::NotFound | RouteError::NoSuchSession)), "{path}: {found:?}");
        }
        assert_eq!(route("GET", "/v1/sessions/not-an-id"), Err(RouteError::NoSuchSession));
        assert_eq!(route("GET", "/v1/sessions/{id}/page/..%2f"), Err(RouteError::NoSuchTarget));
    }
}
